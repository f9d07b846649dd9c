/** How column values become JavaScript values, the same on every session of ours. */
import { types } from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** `2026-01-01 10:00:00.12+00` (DateStyle ISO, TimeZone UTC) to `2026-01-01T10:00:00.120Z`; microseconds are cut. */
export const readTimestamp = (text: string): string =>
  `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.charAt(19) === '.' ? text.slice(20, -3).slice(0, 3).padEnd(3, '0') : '000'}Z`;

/** Positions and amounts stay exact up to 2^53; beyond it a wrong number would be worse than an error. */
export function readBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint column holds more than a safe integer');
  return value;
}

export const valueParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary' && oid === INT8) return readBigint;
    if (format !== 'binary' && oid === TIMESTAMPTZ) return readTimestamp;
    return types.getTypeParser(oid, format as 'text');
  }) as typeof types.getTypeParser,
};
