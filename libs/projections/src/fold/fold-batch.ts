/** The pure heart of a projection: folds a batch over the rows it touches, and parks the events that cannot be folded. */
import type { StoredEvent } from '@foldline/contracts';
import type { Projection, Row, Views } from '../projection';
import { reasonOf, type ParkedEvent, type PreparedBatch } from './prepare-batch';
import { keyOfRow, WorkingRows, type RowChange } from './working-rows';

/** Rows as the store has them, per table: all that a prepared batch asked for, in any order. */
export type LoadedRows = Readonly<Record<string, readonly Row[]>>;
/** What became of the rows, per table. */
export type Changes = Readonly<Record<string, readonly RowChange[]>>;

export interface Folded {
  readonly changes: Changes;
  /** In order; to be stored with the changes. */
  readonly parked: readonly ParkedEvent[];
}

/** Of whom an event waits behind: its key's or its stream's parked events. */
export const waitsBehind = (parkedKeys: ReadonlySet<string>, key: string, { stream }: StoredEvent): boolean =>
  parkedKeys.has(key) || parkedKeys.has(stream);

/** `parkedKeys`: keys with events parked before this batch. Neither the projection's nor the caller's objects are changed. */
export function foldBatch(
  projection: Projection,
  batch: PreparedBatch,
  loaded: LoadedRows,
  parkedKeys: ReadonlySet<string>,
): Folded {
  const tables = Object.entries(projection.tables).map(
    ([name, table]) => [name, table, new WorkingRows(table)] as const,
  );
  for (const [name, table, rows] of tables) {
    for (const row of loaded[name] ?? []) rows.load(keyOfRow(table, row), row);
    for (const key of batch.toLoad[name]!.keys.values()) rows.load(key);
    for (const [column, values] of batch.toLoad[name]!.where)
      for (const value of values) rows.loadedWhere(column, value);
  }
  const views = Object.fromEntries(tables.map(([name, , rows]) => [name, rows])) as Views<Projection['tables']>;
  const waiting = new Set(parkedKeys);
  const parked: ParkedEvent[] = [];
  const park = (key: string, reason: string, event: StoredEvent) => {
    parked.push({ key, reason, event });
    waiting.add(key);
  };
  for (const prepared of batch.events) {
    const { key, stored } = prepared;
    if (waitsBehind(waiting, key, stored)) park(key, 'waits behind a parked event of its key', stored);
    else if (prepared.kind === 'poison') park(key, prepared.reason, stored);
    else {
      for (const [, , rows] of tables) rows.mark();
      try {
        projection.project(views, prepared.event);
      } catch (error) {
        for (const [, , rows] of tables) rows.rollBack();
        park(key, reasonOf(error), stored);
      }
    }
  }
  return { changes: Object.fromEntries(tables.map(([name, , rows]) => [name, rows.changes()])), parked };
}
