/** How a row becomes a document and back: its columns as they are named, its key as `_id`, and which write it is from. */
import { keyOfRow, keyText, type Row, type Table } from '@foldline/projections';

export interface RowDocument {
  readonly _id: string;
  /** The number and the mark of the write that made it: an older write never replaces a newer one. */
  readonly _turn: number;
  readonly _mark: string;
  readonly [column: string]: unknown;
}

/** A deleted row leaves its number, so that a write that comes late does not bring it back. It has no columns: no index finds it. */
export const isGone = (document: RowDocument): boolean => document['_gone'] === true;

/** The name of a table's collection in one generation: `read.purchases_g3`. */
export const generationCollection = (table: Pick<Table, 'name'>, generation: number): string =>
  `read.${table.name}_g${generation}`;

export const idOfRow = (table: Table, row: Row): string => keyText(keyOfRow(table, row));

/** Times are stored as times, so that they sort and take eight bytes. */
export const encodeValue = (table: Table, column: string, value: unknown): unknown =>
  value === null || value === undefined
    ? null
    : table.columns[column] === 'timestamp'
      ? new Date(value as string)
      : value;

export function encodeRow(table: Table, row: Row): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const column of Object.keys(table.columns)) columns[column] = encodeValue(table, column, row[column]);
  return columns;
}

export function decodeRow(table: Table, document: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, unknown> = {};
  for (const column of Object.keys(table.columns)) {
    const value = document[column];
    row[column] = value instanceof Date ? value.toISOString() : (value ?? null);
  }
  return row;
}
