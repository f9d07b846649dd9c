/**
 * Data with its keys in the order in which jsonb keeps them (by length in bytes, then by bytes): what is written here reads
 * the same, down to the order of keys, whether it comes from memory or from the database. Readers store parts of it as text.
 */

/** By their keys as they came; null where they are in order. The same few shapes come a million times. */
const known = new Map<string, readonly string[] | null>();
const MOST_KNOWN = 1000;

const byBytes = (a: string, b: string): number =>
  Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));

function orderOf(keys: readonly string[]): readonly string[] | null {
  const shape = keys.join('\u0000');
  const found = known.get(shape);
  if (found !== undefined) return found;
  const sorted = [...keys].sort(byBytes);
  const order = sorted.every((key, i) => key === keys[i]) ? null : sorted;
  if (known.size < MOST_KNOWN) known.set(shape, order);
  return order;
}

/** The value itself where nothing has to move. For JSON: plain objects, arrays and scalars. */
export function inKeyOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(inKeyOrder);
    return items.some((item, i) => item !== value[i]) ? items : (value as unknown[]);
  }
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object);
  const order = orderOf(keys);
  const entries = (order ?? keys).map(key => [key, inKeyOrder(object[key])] as const);
  const isSame = order === null && entries.every(([key, inner]) => inner === object[key]);
  return isSame ? object : Object.fromEntries(entries);
}
