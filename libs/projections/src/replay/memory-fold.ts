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

interface Slot {
  now: Row | undefined;
  /** As the store has it. */
  stored: Row | undefined;
  dirty: boolean;
}

/** Every row of one table. Unlike a batch's rows it needs no `touches`: what is not here does not exist. */
export class TableInMemory implements Rows<Table> {
  private readonly slots = new Map<string, Slot>();
  private readonly byColumn = new Map<string, Map<string, Set<Slot>>>();
  private changed: [string, Slot][] = [];

  constructor(readonly table: Table) {}

  /** Rows that the store has already. */
  load(rows: readonly Row[]): void {
    for (const row of rows) {
      const slot: Slot = { now: Object.freeze(row), stored: row, dirty: false };
      this.slots.set(keyText(keyOfRow(this.table, row)), slot);
      this.index(slot, undefined, row);
    }
  }

  has(key: readonly string[]): boolean {
    return this.slots.has(keyText(key));
  }

  get(...key: readonly string[]): Row | undefined {
    return this.slots.get(keyText(key))?.now;
  }

  where(column: string, value: string): readonly Row[] {
    return [...(this.indexOf(column).get(value) ?? [])].map(({ now }) => now!);
  }

  put(row: Row): void {
    this.set(keyText(keyOfRow(this.table, row)), Object.freeze(row));
  }

  delete(...key: readonly string[]): void {
    this.set(keyText(key), undefined);
  }

  /** What became of rows since the last call; they count as stored from now on. */
  takeChanges(): RowChange[] {
    const changes: RowChange[] = [];
    for (const [text, slot] of this.changed) {
      const { stored: before, now: after } = slot;
      slot.dirty = false;
      slot.stored = after;
      if (!after) this.slots.delete(text);
      if (before !== after) changes.push({ key: text.split('\u0000'), before, after });
    }
    this.changed = [];
    return changes;
  }

  /** All rows, sorted by key in the order of their bytes. */
  *sorted(): Iterable<Row> {
    for (const text of [...this.slots.keys()].sort()) {
      const { now } = this.slots.get(text)!;
      if (now) yield now;
    }
  }

  get size(): number {
    return this.slots.size;
  }

  private set(text: string, row: Row | undefined): void {
    let slot = this.slots.get(text);
    if (!slot) this.slots.set(text, (slot = { now: undefined, stored: undefined, dirty: false }));
    if (!slot.dirty) {
      slot.dirty = true;
      this.changed.push([text, slot]);
    }
    const before = slot.now;
    slot.now = row;
    this.index(slot, before, row);
  }

  /** Made when the first event asks by that column: most histories never do. */
  private indexOf(column: string): Map<string, Set<Slot>> {
    let values = this.byColumn.get(column);
    if (!values) {
      this.byColumn.set(column, (values = new Map()));
      for (const slot of this.slots.values()) if (slot.now) add(values, String(slot.now[column]), slot);
    }
    return values;
  }

  private index(slot: Slot, before: Row | undefined, now: Row | undefined): void {
    for (const [column, values] of this.byColumn) {
      if (before) values.get(String(before[column]))?.delete(slot);
      if (now) add(values, String(now[column]), slot);
    }
  }
}

function add(values: Map<string, Set<Slot>>, value: string, slot: Slot): void {
  const slots = values.get(value);
  if (slots) slots.add(slot);
  else values.set(value, new Set([slot]));
}

export class MemoryFold {
  readonly tables: Readonly<Record<string, TableInMemory>>;
  private readonly views: Views<Projection['tables']>;

  constructor(readonly projection: Projection) {
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
    try {
      this.projection.project(this.views, upcastEvent(event) as EventFrom<never>);
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
