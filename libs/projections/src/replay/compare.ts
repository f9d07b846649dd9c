/** Compares two read models row by row: both are walked once, in the order of their keys. */
import { isDeepStrictEqual } from 'node:util';
import { keyOfRow, keyText, type RowChange } from '../fold/working-rows';
import type { Projection, Row, Table } from '../projection';

/** A read model at certain positions, whose rows come sorted by key. */
export interface Side {
  rows(table: string): AsyncIterable<readonly Row[]>;
}

export interface FieldDifference {
  readonly column: string;
  readonly left: unknown;
  readonly right: unknown;
}

export interface Difference {
  readonly table: string;
  readonly key: readonly string[];
  /** `only-left`: the right side lacks the row. */
  readonly kind: 'only-left' | 'only-right' | 'different';
  readonly fields: readonly FieldDifference[];
}

export interface ComparedTable {
  readonly table: string;
  readonly left: number;
  readonly right: number;
  readonly differences: number;
}

export interface Comparison {
  readonly equal: boolean;
  readonly tables: readonly ComparedTable[];
  /** The first ones, in the order of tables and keys. */
  readonly first: readonly Difference[];
}

export async function compareSides(projection: Projection, left: Side, right: Side, most = 20): Promise<Comparison> {
  const tables: ComparedTable[] = [];
  const first: Difference[] = [];
  for (const [name, table] of Object.entries(projection.tables)) {
    const counts = { left: 0, right: 0, differences: 0 };
    for await (const { a, b } of pairs(table, one(left.rows(name)), one(right.rows(name)))) {
      if (a) counts.left += 1;
      if (b) counts.right += 1;
      const difference = differ(name, table, a, b);
      if (!difference) continue;
      counts.differences += 1;
      if (first.length < most) first.push(difference);
    }
    tables.push({ table: name, ...counts });
  }
  return { equal: tables.every(({ differences }) => differences === 0), tables, first };
}

interface Pair {
  readonly a?: Row | undefined;
  readonly b?: Row | undefined;
}

/** Rows of equal keys side by side; a row that only one side has stands alone. */
async function* pairs(table: Table, left: AsyncIterator<Row>, right: AsyncIterator<Row>): AsyncGenerator<Pair> {
  const textOf = (row: Row): string => keyText(keyOfRow(table, row));
  let [a, b] = [await left.next(), await right.next()];
  while (!a.done || !b.done) {
    const [x, y] = [a.done ? undefined : textOf(a.value), b.done ? undefined : textOf(b.value)];
    const takeLeft = x !== undefined && (y === undefined || x <= y);
    const takeRight = y !== undefined && (x === undefined || y <= x);
    yield { a: takeLeft ? (a.value as Row) : undefined, b: takeRight ? (b.value as Row) : undefined };
    if (takeLeft) a = await left.next();
    if (takeRight) b = await right.next();
  }
}

async function* one(chunks: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const rows of chunks) yield* rows;
}

function differ(name: string, table: Table, a: Row | undefined, b: Row | undefined): Difference | undefined {
  const key = keyOfRow(table, (a ?? b)!);
  if (!a || !b) return { table: name, key, kind: a ? 'only-left' : 'only-right', fields: [] };
  const fields = Object.keys(table.columns).flatMap(column => {
    const [left, right] = [a[column] ?? null, b[column] ?? null];
    return left === right || isDeepStrictEqual(left, right) ? [] : [{ column, left, right }];
  });
  return fields.length > 0 ? { table: name, key, kind: 'different', fields } : undefined;
}

/** What must become of rows so that they are as they should be. */
export function rowDifferences(table: Table, now: readonly Row[], right: Iterable<Row>): RowChange[] {
  const before = new Map(now.map(row => [keyText(keyOfRow(table, row)), row]));
  const changes: RowChange[] = [];
  const text = (row: Row): string => JSON.stringify(Object.keys(table.columns).map(column => row[column] ?? null));
  for (const after of right) {
    const key = keyOfRow(table, after);
    const had = before.get(keyText(key));
    before.delete(keyText(key));
    if (!had || text(had) !== text(after)) changes.push({ key, before: had, after });
  }
  for (const row of before.values()) changes.push({ key: keyOfRow(table, row), before: row, after: undefined });
  return changes;
}
