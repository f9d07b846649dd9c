/** A generation as it stood at one moment, carried forward in memory to later positions without touching it. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import { foldBatch, type LoadedRows } from '../fold/fold-batch';
import { prepareBatch, type RowsToLoad } from '../fold/prepare-batch';
import { keyOfRow, keyText } from '../fold/working-rows';
import type { Checkpoint } from '../ports';
import type { Projection, Row, Table } from '../projection';
import type { GenerationSnapshot } from '../store/replayable-stores';
import { loadRows } from './load-rows';
import { readRows } from './records';
import { readStanding, type Standing } from './standing';

/** Undefined: the row is gone. */
type Overlay = Map<string, Row | undefined>;

export class PgGenerationSnapshot implements GenerationSnapshot {
  private readonly overlays: Readonly<Record<string, Overlay>>;

  private constructor(
    private readonly tx: Queryable,
    private readonly projection: Projection,
    readonly generation: number,
    private readonly standing: Standing,
  ) {
    this.overlays = Object.fromEntries(Object.keys(projection.tables).map(name => [name, new Map()]));
  }

  /** `tx`: a transaction at REPEATABLE READ, open for as long as this is used. Rejects where there is no such generation. */
  static async take(tx: Queryable, projection: Projection, generation: number): Promise<PgGenerationSnapshot> {
    return new PgGenerationSnapshot(tx, projection, generation, await readStanding(tx, projection.name, generation));
  }

  get positions(): ReadonlyMap<LogName, Checkpoint> {
    return this.standing.checkpoints;
  }

  async advance(log: LogName, events: readonly StoredEvent[]): Promise<void> {
    const prepared = prepareBatch(this.projection, events);
    const { rows } = await loadRows(this.tx, this.projection, this.generation, prepared.toLoad);
    const loaded: LoadedRows = Object.fromEntries(
      Object.entries(this.projection.tables).map(([name, table]) => [
        name,
        overlaid(table, rows[name] ?? [], this.overlays[name]!, prepared.toLoad[name]!),
      ]),
    );
    const folded = foldBatch(this.projection, prepared, loaded, this.standing.parkedKeys.of(log));
    this.standing.parkedKeys.remember(log, folded.parked);
    for (const [name, changes] of Object.entries(folded.changes))
      for (const { key, after } of changes) this.overlays[name]!.set(keyText(key), after);
  }

  async *rows(name: string): AsyncIterable<readonly Row[]> {
    const table = this.projection.tables[name]!;
    const overlay = this.overlays[name]!;
    const waiting = [...overlay.keys()].sort();
    for await (const rows of readRows(this.tx, table, this.generation)) {
      const merged: Row[] = [];
      for (const row of rows) {
        const text = keyText(keyOfRow(table, row));
        while (waiting.length > 0 && waiting[0]! < text) push(merged, overlay.get(waiting.shift()!));
        if (waiting[0] === text) push(merged, overlay.get(waiting.shift()!));
        else merged.push(row);
      }
      yield merged;
    }
    const rest: Row[] = [];
    for (const text of waiting) push(rest, overlay.get(text));
    if (rest.length > 0) yield rest;
  }
}

const push = (rows: Row[], row: Row | undefined): void => {
  if (row) rows.push(row);
};

function overlaid(table: Table, rows: readonly Row[], overlay: Overlay, { keys, where }: RowsToLoad): Row[] {
  const byKey = new Map(rows.map(row => [keyText(keyOfRow(table, row)), row]));
  for (const [text, row] of overlay) {
    if (!row) byKey.delete(text);
    else if (keys.has(text) || [...where].some(([column, values]) => values.has(String(row[column]))))
      byKey.set(text, row);
    // Loaded by what it was, and not that any more.
    else byKey.delete(text);
  }
  return [...byKey.values()];
}
