/** PostgreSQL array literals from many values at once: the driver's own are several times slower, and take JSON arrays for theirs. */

const PLAIN = /^[0-9A-Za-z_:.+-]+$/;
const NULL_WORD = /^null$/i;

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return PLAIN.test(text) && !NULL_WORD.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Objects become their JSON. */
export const arrayLiteral = (values: readonly unknown[]): string => `{${values.map(element).join(',')}}`;
