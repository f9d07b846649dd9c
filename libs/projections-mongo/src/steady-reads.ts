/** Reads of one moment: rows are read between two looks at the generation's record, and what it still has pending is laid over them. */
import { isDeepStrictEqual } from 'node:util';
import type { LogName } from '@foldline/contracts';
import type { Checkpoint, Row, Table } from '@foldline/projections';
import type { Db } from './connection';
import { generationId, records, type PendingRow } from './records';
import { decodeRow, encodeValue, generationCollection, isGone, type RowDocument } from './row-documents';

/** The serving generation as of one write. */
interface Moment {
  readonly generation: number;
  /** Of the pointer, so that a generation that served, did not, and serves again is not taken for one that always did. */
  readonly pointer: string;
  readonly mark: string;
  readonly checkpoints: { readonly [L in LogName]?: Checkpoint };
  readonly pending: readonly PendingRow[];
}

export interface Newest {
  /** All rows with these values. */
  readonly equal: Readonly<Record<string, string>>;
  /** Newest first by this time, then by this id. */
  readonly by: { readonly at: string; readonly id: string };
  readonly after: { readonly at: string; readonly id: string } | null;
  readonly limit: number;
}

/** A writer commits at most once in three round trips, and a read takes two: so many failures in a row do not happen. */
const MOST_TRIES = 100;

export class UnsteadyReadError extends Error {
  override readonly name = 'UnsteadyReadError';
}

export class SteadyView {
  constructor(
    private readonly db: Db,
    private readonly moment: Moment,
  ) {}

  get generation(): number {
    return this.moment.generation;
  }
  get checkpoints(): Moment['checkpoints'] {
    return this.moment.checkpoints;
  }

  /** Rows of a table with a key of one column. */
  async byId<R extends Row>(table: Table<R>, ids: readonly string[]): Promise<ReadonlyMap<string, R>> {
    if (ids.length === 0) return new Map();
    const pending = this.pendingOf(table);
    const found = await this.rowsOf(table)
      .find({ _id: { $in: [...new Set(ids)] } })
      .toArray();
    const stored = found.filter(document => !isGone(document) && !pending.has(document._id));
    const laid = ids.flatMap((id): R[] => [pending.get(id)].filter(row => row !== undefined));
    const rows = [...stored.map(document => rowIn(table, document)), ...laid];
    return new Map(rows.map(row => [String(row[table.key[0]!]), row]));
  }

  async newest<R extends Row>(table: Table<R>, { equal, by, after, limit }: Newest): Promise<readonly R[]> {
    const pending = this.pendingOf(table);
    const at = after && encodeValue(table as unknown as Table, by.at, after.at);
    const beyond = after && {
      [by.at]: { $lte: at },
      $or: [{ [by.at]: { $lt: at } }, { [by.at]: at, [by.id]: { $lt: after.id } }],
    };
    const found = await this.rowsOf(table)
      .find({ ...equal, ...beyond })
      .sort({ [by.at]: -1, [by.id]: -1 })
      // Of those found, as many may be laid over by others.
      .limit(limit + pending.size)
      .toArray();
    const rows = found.filter(({ _id }) => !pending.has(_id)).map(document => rowIn(table, document));
    const place = (row: Row): string => `${String(row[by.at])} ${String(row[by.id])}`;
    const laid = [...pending.values()].filter(
      (row): row is R => hasAll(row, equal) && (!after || place(row!) < `${after.at} ${after.id}`),
    );
    if (laid.length === 0) return rows.slice(0, limit);
    return [...rows, ...laid].sort((a, b) => (place(a) < place(b) ? 1 : -1)).slice(0, limit);
  }

  async count(table: Table, equal: Readonly<Record<string, string>>): Promise<number> {
    const pending = this.pendingOf(table);
    const others = pending.size > 0 ? { _id: { $nin: [...pending.keys()] } } : {};
    const stored = await this.rowsOf(table).countDocuments({ ...equal, ...others });
    return stored + [...pending.values()].filter(row => hasAll(row, equal)).length;
  }

  private rowsOf(table: Pick<Table, 'name'>) {
    return this.db.collection<RowDocument>(generationCollection(table, this.moment.generation));
  }

  /** By `_id`; undefined where it is deleted. */
  private pendingOf<R extends Row>(table: Table<R>): ReadonlyMap<string, R | undefined> {
    const mine = this.moment.pending.filter(({ table: name }) => name === table.name);
    return new Map(mine.map(({ id, row }) => [id, row ? rowIn(table, row) : undefined]));
  }
}

const rowIn = <R extends Row>(table: Table<R>, document: Readonly<Record<string, unknown>>): R =>
  decodeRow(table as unknown as Table, document) as R;
const hasAll = (row: Row | undefined, equal: Readonly<Record<string, string>>): boolean =>
  row !== undefined && Object.entries(equal).every(([column, value]) => row[column] === value);

/**
 * Nothing of the moment's write is pending that was not laid over its rows: a server that was killed may have forgotten them since. And
 * the positions are the mark's own: the tests' stand-in for a server may show a record that is half of one write and half of the next.
 */
const isSame = (moment: Moment, now: Moment): boolean =>
  now.mark === moment.mark &&
  now.pointer === moment.pointer &&
  isDeepStrictEqual(now.checkpoints, moment.checkpoints) &&
  (now.pending.length === 0 || moment.pending.length > 0);

export class SteadyReads {
  private known?: Moment;

  constructor(
    private readonly db: Db,
    private readonly projection: string,
  ) {}

  /**
   * Everything that `read` takes from its view is of the write the view is of, in the generation that served; `read` is called
   * again when another write or a switch came between. Marks never come again: the same two before and after say that
   * there was no other in between.
   */
  async read<T>(read: (view: SteadyView) => Promise<T>): Promise<T> {
    let moment = (this.known ??= await this.look(undefined));
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const result = await read(new SteadyView(this.db, moment));
      const now = (this.known = await this.look(moment.generation));
      if (isSame(moment, now)) return result;
      moment = now;
    }
    throw new UnsteadyReadError(`${this.projection}: the read model changed at each of ${MOST_TRIES} tries to read it`);
  }

  private async look(likely: number | undefined): Promise<Moment> {
    const [pointer, found] = await Promise.all([
      records(this.db).projections.findOne({ _id: this.projection }),
      likely === undefined ? null : this.generation(likely),
    ]);
    if (!pointer?.serving)
      throw new Error(`${this.projection} was never opened in this database: start its projection first`);
    const { serving } = pointer;
    const record = found && likely === serving ? found : await this.generation(serving);
    // Dropped between the two looks: it serves no more.
    if (!record) return this.look(undefined);
    const { mark, checkpoints, pending } = record;
    return { generation: serving, pointer: pointer.mark, mark, checkpoints, pending: pending?.rows ?? [] };
  }

  private generation(generation: number) {
    return records(this.db).generations.findOne({ _id: generationId(this.projection, generation) });
  }
}
