/** The rows of one table that a batch works on, in memory: what was loaded, what became of it, and the way back. */
import type { Row, Rows, Table } from '../projection';

export interface RowChange {
  readonly key: readonly string[];
  /** As loaded from the store. */
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

interface Slot {
  readonly key: readonly string[];
  readonly before: Row | undefined;
  now: Row | undefined;
}

/** Text columns of PostgreSQL cannot hold U+0000, so keys of several columns cannot run into each other. */
export const keyText = (key: readonly string[]): string => (key.length === 1 ? key[0]! : key.join('\u0000'));
export const keyOfRow = (table: Table, row: Row): string[] => table.key.map(column => String(row[column]));

export class WorkingRows implements Rows<Table> {
  private readonly slots = new Map<string, Slot>();
  private readonly undo: [Slot, Row | undefined][] = [];
  /** Slots by value of a column, for the columns and values that `touches` named. */
  private readonly byValue = new Map<string, Map<string, Set<Slot>>>();

  constructor(private readonly table: Table) {}

  /** A row of the store, or the knowledge that there is none. */
  load(key: readonly string[], row?: Row): void {
    const text = keyText(key);
    if (!this.slots.has(text)) this.add(text, { key, before: row && Object.freeze(row), now: row });
    else if (row && !this.slots.get(text)!.before)
      throw new Error(`${this.table.name}: a row was loaded after its absence`);
  }

  /** All rows with this value are loaded. */
  loadedWhere(column: string, value: string): void {
    let values = this.byValue.get(column);
    if (!values) this.byValue.set(column, (values = new Map()));
    if (values.has(value)) return;
    const slots = new Set<Slot>();
    for (const slot of this.slots.values()) if (slot.now && String(slot.now[column]) === value) slots.add(slot);
    values.set(value, slots);
  }

  get(...key: readonly string[]): Row | undefined {
    return this.slotOf(key).now;
  }

  where(column: string, value: string): readonly Row[] {
    const slots = this.byValue.get(column)?.get(value);
    if (!slots) throw new Error(`${this.table.name}: rows by ${column} are read, but touches did not name that value`);
    return [...slots].map(({ now }) => now!);
  }

  put(row: Row): void {
    this.change(this.slotOf(keyOfRow(this.table, row)), Object.freeze(row));
  }

  delete(...key: readonly string[]): void {
    this.change(this.slotOf(key), undefined);
  }

  /** From here `rollBack` goes back to. */
  mark(): void {
    this.undo.length = 0;
  }

  rollBack(): void {
    for (let last = this.undo.pop(); last; last = this.undo.pop()) this.set(...last);
  }

  /** Rows that are not as they were loaded. */
  changes(): RowChange[] {
    const changed: RowChange[] = [];
    for (const { key, before, now } of this.slots.values())
      if (before !== now) changed.push({ key, before, after: now });
    return changed;
  }

  private slotOf(key: readonly string[]): Slot {
    const text = keyText(key);
    const slot = this.slots.get(text);
    if (slot) return slot;
    throw new Error(`${this.table.name}: a row is used that touches did not name`);
  }

  private change(slot: Slot, row: Row | undefined): void {
    this.undo.push([slot, slot.now]);
    this.set(slot, row);
  }

  private add(text: string, slot: Slot): void {
    this.slots.set(text, slot);
    this.index(slot, undefined, slot.now);
  }

  private set(slot: Slot, row: Row | undefined): void {
    const before = slot.now;
    slot.now = row;
    this.index(slot, before, row);
  }

  private index(slot: Slot, before: Row | undefined, now: Row | undefined): void {
    for (const [column, values] of this.byValue) {
      if (before) values.get(String(before[column]))?.delete(slot);
      if (now) values.get(String(now[column]))?.add(slot);
    }
  }
}
