/** A whole read model held in memory while logs are folded into it; what changed is handed over in bulk. */
import { upcastEvent, type StoredEvent } from '@foldline/contracts';
import type { LoadedRows } from '../fold/fold-batch';
import { reasonOf } from '../fold/prepare-batch';
import { keyOfRow, keyText, type RowChange } from '../fold/working-rows';
import type { EventFrom, Projection, Row, Rows, Table, Views } from '../projection';

/** An event that cannot be folded: a rebuild stops at it, since a read model without it would be wrong. */
export class PoisonEventError extends Error {
  override readonly name = 'PoisonEventError';
  constructor(
    readonly event: StoredEvent,
    readonly reason: string,
  ) {
    super(
      `event ${event.position} of the log of ${event.log} (${event.type}.v${event.schemaVersion}) cannot be folded: ${reason}. ` +
        'Mend the projection or the event contract, then run this again: it goes on from where it stopped.',
    );
  }
}

/**
 * Every row of one table. Unlike a batch's rows it needs no `touches`: what is not here does not exist. Nor are they frozen, which
 * takes V8 300 bytes a row: a fold that writes into rows it was given fails when it runs live.
 */
export class TableInMemory implements Rows<Table> {
  private readonly byKey = new Map<string, Row>();
  /** Keys by a column's value. */
  private readonly byColumn = new Map<string, Map<string, Set<string>>>();
  /** Rows as they were when changes were last taken, of those that changed since. */
  private before = new Map<string, Row | undefined>();

  constructor(readonly table: Table) {}

  /** Rows that the store has already. */
  load(rows: readonly Row[]): void {
    for (const row of rows) this.set(keyText(keyOfRow(this.table, row)), row);
    this.before.clear();
  }

  has(key: readonly string[]): boolean {
    return this.byKey.has(keyText(key));
  }

  get(...key: readonly string[]): Row | undefined {
    return this.byKey.get(keyText(key));
  }

  where(column: string, value: string): readonly Row[] {
    return [...(this.indexOf(column).get(value) ?? [])].map(key => this.byKey.get(key)!);
  }

  put(row: Row): void {
    this.change(keyText(keyOfRow(this.table, row)), row);
  }

  delete(...key: readonly string[]): void {
    this.change(keyText(key), undefined);
  }

  /** What became of rows since the last call; they count as stored from now on. */
  takeChanges(): RowChange[] {
    const changes: RowChange[] = [];
    for (const [text, before] of this.before) {
      const after = this.byKey.get(text);
      if (before !== after) changes.push({ key: text.split('\u0000'), before, after });
    }
    this.before = new Map();
    return changes;
  }

  /** All rows, sorted by key in the order of their bytes. */
  *sorted(): Iterable<Row> {
    for (const key of [...this.byKey.keys()].sort()) yield this.byKey.get(key)!;
  }

  get size(): number {
    return this.byKey.size;
  }

  private change(key: string, row: Row | undefined): void {
    if (!this.before.has(key)) this.before.set(key, this.byKey.get(key));
    this.set(key, row);
  }

  private set(key: string, row: Row | undefined): void {
    for (const [column, keys] of this.byColumn) move(keys, key, this.byKey.get(key)?.[column], row?.[column]);
    if (row) this.byKey.set(key, row);
    else this.byKey.delete(key);
  }

  /** Made when the first event asks by that column: most histories never do. */
  private indexOf(column: string): Map<string, Set<string>> {
    let keys = this.byColumn.get(column);
    if (!keys) {
      this.byColumn.set(column, (keys = new Map()));
      for (const [key, row] of this.byKey) move(keys, key, undefined, row[column]);
    }
    return keys;
  }
}

/** From one value of an index to another; undefined where there was no row, or is none. */
function move(keys: Map<string, Set<string>>, key: string, from: unknown, to: unknown): void {
  if (from === to) return;
  if (from !== undefined) keys.get(String(from))?.delete(key);
  if (to === undefined) return;
  const same = keys.get(String(to));
  if (same) same.add(key);
  else keys.set(String(to), new Set([key]));
}

export class MemoryFold {
  readonly tables: Readonly<Record<string, TableInMemory>>;
  private readonly views: Views<Projection['tables']>;

  private readonly ignored: ReadonlySet<string>;

  constructor(readonly projection: Projection) {
    this.ignored = new Set(projection.ignores);
    this.tables = Object.fromEntries(
      Object.entries(projection.tables).map(([name, table]) => [name, new TableInMemory(table)]),
    );
    this.views = this.tables as unknown as Views<Projection['tables']>;
  }

  load(rows: LoadedRows): void {
    for (const [name, ofTable] of Object.entries(rows)) this.tables[name]!.load(ofTable);
  }

  /** Throws PoisonEventError; then what is held here is of no use any more. */
  fold(event: StoredEvent): void {
    if (this.ignored.has(event.type)) return;
    try {
      const lifted = upcastEvent(event) as EventFrom<never>;
      if (this.projection.keeps?.(lifted) !== false) this.projection.project(this.views, lifted);
    } catch (error) {
      throw new PoisonEventError(event, reasonOf(error));
    }
  }

  takeChanges(): Record<string, RowChange[]> {
    return Object.fromEntries(Object.entries(this.tables).map(([name, table]) => [name, table.takeChanges()]));
  }

  get rows(): number {
    return Object.values(this.tables).reduce((sum, { size }) => sum + size, 0);
  }
}
