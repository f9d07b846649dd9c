/** What counts as a moment on the wire and in events: RFC 3339 in UTC, of a day that there is. */

/** No year 0, no hour 24, no leap second: what every store and runtime here can hold. */
export const TIME_TEXT =
  /^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z$/;

/** Days that every month has. */
const SAFE_DAYS = 28;

export function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !TIME_TEXT.test(value)) return false;
  const day = Number(value.slice(8, 10));
  // A day that its month has not is the next month's for Date.
  return day <= SAFE_DAYS || new Date(value).getUTCDate() === day;
}
