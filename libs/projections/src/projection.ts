/** What a projection is: tables, and a pure fold of events into their rows. Nothing here has effects. */
import type { EventEnvelope, EventsOfLog, LogName, Partition } from '@foldline/contracts';

export type ColumnType = 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamp' | 'json';
export type Row = Readonly<Record<string, unknown>>;

export interface Table<R extends Row = Row> {
  /** Without the generation's suffix: `purchases` is stored as `purchases_g1`, `purchases_g2` ... */
  readonly name: string;
  readonly key: readonly (keyof R & string)[];
  /** Every column in order. `bigint` values are JavaScript numbers (safe integers); `timestamp` values are RFC 3339 strings with milliseconds. */
  readonly columns: { readonly [C in keyof R & string]: ColumnType };
  /** Columns that may be null. */
  readonly nullable?: readonly (keyof R & string)[];
  /** Secondary indexes, built after a bulk load: column names, `-name` for descending. */
  readonly indexes?: readonly (readonly string[])[];
}

/** PostgreSQL cuts names at 63 bytes; a generation and what an index is for are added to this one. */
const LONGEST_NAME = 40;

/** Declares a table; the row type is the one place its columns are named. Throws where the name is too long for what is added to it. */
export function defineTable<R extends Row>(table: Table<R>): Table<R> {
  if (Buffer.byteLength(table.name) > LONGEST_NAME)
    throw new Error(`the table name ${table.name} is too long: use ${LONGEST_NAME} characters at most`);
  return table;
}

export type RowOf<T> = T extends Table<infer R> ? R : never;

/** The rows one fold works on: those named by `touches`, loaded before, written after. */
export interface Rows<T extends Table> {
  get(...key: readonly string[]): RowOf<T> | undefined;
  /** All rows with this value in an indexed column; only for a column and value that `touches` named. */
  where(column: keyof RowOf<T> & string, value: string): readonly RowOf<T>[];
  put(row: RowOf<T>): void;
  delete(...key: readonly string[]): void;
}
export type Views<Tables extends Record<string, Table>> = { readonly [N in keyof Tables]: Rows<Tables[N]> };
/** A row by its key, or all rows with a value in an indexed column (rare and bounded: it is loaded whole). */
export type Touch = readonly string[] | { readonly column: string; readonly value: string };
/** The rows an event's fold may look at, per table. */
export type Touches<Tables extends Record<string, Table>> = { readonly [N in keyof Tables]?: readonly Touch[] };

/** Any event of the logs a projection reads, with its envelope; but for those of the types that it ignores. */
export type EventFrom<L extends LogName, Ignored extends string = never> = {
  [N in L]: EventsOfLog[N] extends infer E
    ? E extends { type: string; data: unknown }
      ? E['type'] extends Ignored
        ? never
        : EventEnvelope<E> & { log: N; type: E['type']; data: E['data'] }
      : never
    : never;
}[L];
export type TypeFrom<L extends LogName> = EventsOfLog[L]['type'];

export interface Projection<
  L extends LogName = LogName,
  Tables extends Record<string, Table> = Record<string, Table>,
  Ignored extends string = string,
> {
  readonly kind: 'projection';
  readonly name: string;
  readonly logs: readonly L[];
  readonly tables: Tables;
  /** Raised by hand when the fold's meaning changes; part of the fingerprint together with the code's text and the tables. */
  readonly revision: number;
  /** Events of these types change nothing here: nobody looks into them, and a rebuild leaves them where they are. */
  readonly ignores?: readonly Ignored[];
  /** Which part of all rows it keeps; absent: all of them. Part of the fingerprint. */
  readonly partition?: Partition;
  /** False for events that only other partitions have to do with: they are counted, and change nothing here. */
  keeps?(event: EventFrom<L, Ignored>): boolean;
  /** Events of one key are applied in order; where one cannot be applied, later ones of its key wait. Usually the stream. */
  keyOf(event: EventFrom<L, Ignored>): string;
  touches(event: EventFrom<L, Ignored>): Touches<Tables>;
  /** Pure: no clock, no random, no I/O. Folds of different keys must commute, so that logs may arrive in any order. */
  project(views: Views<Tables>, event: EventFrom<L, Ignored>): void;
}

export const defineProjection = <
  L extends LogName,
  Tables extends Record<string, Table>,
  Ignored extends TypeFrom<L> = never,
>(
  projection: Omit<Projection<L, Tables, Ignored>, 'kind'>,
): Projection<L, Tables, Ignored> => ({ kind: 'projection', ...projection });
