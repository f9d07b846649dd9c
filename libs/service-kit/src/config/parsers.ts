/** Strict readers of single settings: a value is taken as written or refused, never guessed. */

/** Reads a setting's text; returns the value, or a Refusal that says the rule. */
export type Parser<Value> = (text: string) => Value | Refusal;

export class Refusal {
  constructor(readonly rule: string) {}
}
const refuse = (rule: string): Refusal => new Refusal(rule);

/** Decimal digits only: no sign, blank, hex or exponent. */
export const integer =
  (min: number, max: number): Parser<number> =>
  text => {
    const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : refuse(`must be a whole number from ${min} to ${max}`);
  };

export const port: Parser<number> = integer(1, 65_535);

export const oneOf =
  <const Values extends readonly string[]>(values: Values): Parser<Values[number]> =>
  text =>
    values.includes(text) ? text : refuse(`must be one of ${values.join(', ')}`);

export const boolean: Parser<boolean> = text =>
  text === 'true' ? true : text === 'false' ? false : refuse('must be true or false');

/** No blanks around it and no line ends or other control characters in it, which are mistakes of whoever set it. */
const isClean = (value: string): boolean => value === value.trim() && !/[\u0000-\u001f\u007f]/.test(value);

export const text =
  (min = 1, max = 1000): Parser<string> =>
  value =>
    value.length >= min && value.length <= max && isClean(value)
      ? value
      : refuse(`must be ${min} to ${max} characters on one line without blanks around them`);

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A whole number with its unit, `250ms`, `10s`, `5m`, `24h` or `7d`, as milliseconds; the bounds are milliseconds too. */
export const duration =
  (min: number, max: number): Parser<number> =>
  value => {
    const [, digits, unit] = /^(0|[1-9][0-9]{0,11})(ms|s|m|h|d)$/.exec(value) ?? [];
    const ms = digits ? Number(digits) * UNITS[unit as keyof typeof UNITS] : NaN;
    return ms >= min && ms <= max
      ? ms
      : refuse(`must be a whole number with its unit, such as 500ms, 10s or 24h, from ${min} ms to ${max} ms`);
  };

/** `protocols` without colon. The value is never shown: it may hold a password. */
export const url =
  (...protocols: string[]): Parser<string> =>
  value => {
    let parsed: URL;
    try {
      parsed = new URL(value);
    } catch {
      return refuse(
        `must be a URL such as ${protocols[0]}://host (characters like @ in a password are percent-encoded)`,
      );
    }
    return isClean(value) && protocols.includes(parsed.protocol.slice(0, -1))
      ? value
      : refuse(`must be a URL starting with ${protocols.map(p => `${p}://`).join(' or ')}`);
  };

/** Comma-separated; blanks around items are dropped; empty text is the empty list. */
export const listOf =
  <Value>(item: Parser<Value>): Parser<readonly Value[]> =>
  value => {
    const items = value
      .split(',')
      .map(part => part.trim())
      .filter(Boolean)
      .map(item);
    return items.find(i => i instanceof Refusal) ?? (items as Value[]);
  };

/** Like `listOf`, and at least one. */
export const someOf =
  <Value>(item: Parser<Value>): Parser<readonly Value[]> =>
  value => {
    const items = listOf(item)(value);
    return Array.isArray(items) && items.length === 0 ? refuse('must name at least one') : items;
  };

const WEAK = /^(change-?me|secret|password|default|test|admin|example)+[0-9]*$/i;

export const secret =
  (min = 1): Parser<string> =>
  value =>
    value.length >= min && isClean(value) && !WEAK.test(value)
      ? value
      : refuse(`must be at least ${min} characters on one line without blanks around them, and not a well-known word`);
