/**
 * A generation as it stood at one moment, on a server without snapshots and with nobody held up: all rows are read while
 * writes go on, then those again that the events of that time touch, until no other write came between.
 */
import type { LogName, StoredEvent } from '@foldline/contracts';
import {
  foldBatch,
  keyText,
  LogBrokenError,
  pagesOf,
  prepareBatch,
  TableInMemory,
  type Checkpoint,
  type GenerationSnapshot,
  type LogsToRead,
  type ParkedKeys,
  type Projection,
  type Row,
  type RowChange,
  type RowsToLoad,
} from '@foldline/projections';
import type { Db } from './connection';
import { loadRows } from './load-rows';
import { readRows } from './read-records';
import { readGeneration, readStanding, type Standing } from './standing';

/** Each try has less to read again than the one before. */
const MOST_TRIES = 200;
const EVENTS = 1_000;

type Positions = ReadonlyMap<LogName, Checkpoint>;

export class MongoGenerationSnapshot implements GenerationSnapshot {
  private tables: Readonly<Record<string, TableInMemory>> = {};
  private parkedKeys!: ParkedKeys;
  positions: Positions = new Map();

  private constructor(
    private readonly db: Db,
    private readonly projection: Projection,
    readonly generation: number,
    private readonly logs: LogsToRead,
  ) {}

  /** Rejects where there is no such generation, or where it is mended all the time. */
  static async take(db: Db, projection: Projection, generation: number, logs: LogsToRead) {
    const snapshot = new MongoGenerationSnapshot(db, projection, generation, logs);
    for (let tries = 0; tries < 3; tries += 1) if (await snapshot.read()) return snapshot;
    throw new Error(`generation ${generation} of ${projection.name} is being mended: try again when that has ended`);
  }

  async advance(log: LogName, events: readonly StoredEvent[]): Promise<void> {
    const prepared = prepareBatch(this.projection, events);
    const rows = Object.fromEntries(
      Object.entries(prepared.toLoad).map(([name, toLoad]) => [name, rowsIn(this.tables[name]!, toLoad)]),
    );
    const folded = foldBatch(this.projection, prepared, rows, this.parkedKeys.of(log));
    this.parkedKeys.remember(log, folded.parked);
    for (const [name, changes] of Object.entries(folded.changes)) putAll(this.tables[name]!, changes);
  }

  async *rows(table: string): AsyncIterable<readonly Row[]> {
    yield [...this.tables[table]!.sorted()];
  }

  /** False: rows were changed by no event meanwhile. */
  private async read(): Promise<boolean> {
    const first = await this.standing();
    this.tables = Object.fromEntries(
      Object.entries(this.projection.tables).map(([name, table]) => [name, new TableInMemory(table)]),
    );
    for (const [name, table] of Object.entries(this.projection.tables))
      for await (const rows of readRows(this.db, table, this.generation)) this.tables[name]!.load(rows);
    let from: Positions = first.checkpoints;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const now = await this.standing();
      if (now.repairs !== first.repairs) return false;
      await this.readTouched(from, now.checkpoints);
      from = now.checkpoints;
      const { mark, pending } = await readGeneration(this.db, this.projection.name, this.generation);
      // The same write, pending again: the server was killed meanwhile and forgot its rows.
      if (mark !== now.mark || pending) continue;
      [this.positions, this.parkedKeys] = [now.checkpoints, now.parkedKeys];
      return true;
    }
    throw new Error(`generation ${this.generation} of ${this.projection.name} changed at each of ${MOST_TRIES} tries`);
  }

  private standing(): Promise<Standing> {
    return readStanding(this.db, this.projection.name, this.generation);
  }

  private async readTouched(from: Positions, to: Positions): Promise<void> {
    const { reader, settings } = this.logs;
    for (const [log, { incarnation, position }] of to) {
      const after = from.get(log)?.position ?? 0;
      for await (const page of pagesOf(reader, log, after, position, settings)) {
        if (page.some(event => event.incarnation !== incarnation))
          throw new LogBrokenError(`the log of ${log} is another one than its checkpoint was made in: rebuild from it`);
        for (let at = 0; at < page.length; at += EVENTS) await this.readAgain(page.slice(at, at + EVENTS));
      }
    }
  }

  /** Also those that had a value that an event looks for when they were read before. */
  private async readAgain(events: readonly StoredEvent[]): Promise<void> {
    const { toLoad } = prepareBatch(this.projection, events);
    const wider = Object.fromEntries(
      Object.entries(toLoad).map(([name, { keys, where }]) => {
        const known = rowsIn(this.tables[name]!, { keys: new Map(), where });
        const { key } = this.projection.tables[name]!;
        const more = known.map(row => key.map(column => String(row[column])));
        return [name, { keys: new Map([...keys, ...more.map(one => [keyText(one), one] as const)]), where }];
      }),
    );
    const { rows } = await loadRows(this.db, this.projection, this.generation, wider);
    for (const [name, { keys }] of Object.entries(wider)) {
      for (const key of keys.values()) this.tables[name]!.delete(...key);
      for (const row of rows[name] ?? []) this.tables[name]!.put(row);
    }
  }
}

function rowsIn(table: TableInMemory, { keys, where }: RowsToLoad): Row[] {
  const found = new Map<string, Row>();
  const add = (row: Row | undefined): void => {
    if (row) found.set(keyText(table.table.key.map(column => String(row[column]))), row);
  };
  for (const key of keys.values()) add(table.get(...key));
  for (const [column, values] of where)
    for (const value of values) for (const row of table.where(column, value)) add(row);
  return [...found.values()];
}

function putAll(table: TableInMemory, changes: readonly RowChange[]): void {
  for (const { key, after } of changes)
    if (after) table.put(after);
    else table.delete(...key);
}
