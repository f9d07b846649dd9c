/** Puts a committed write into place: any part of it any number of times, by whoever finds it, also late. */
import type { Projection } from '@foldline/projections';
import type { Db } from './connection';
import { isDuplicate, records, type Pending } from './records';
import { generationCollection, type RowDocument } from './row-documents';

export interface Committed {
  readonly turn: number;
  readonly mark: string;
  readonly pending: Pending;
}

interface WriteError {
  readonly code?: number;
}

/** A guarded upsert of what is newer already finds its place taken. */
async function ignoringNewer(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    const { writeErrors } = error as { writeErrors?: WriteError | readonly WriteError[] };
    const all = writeErrors === undefined ? [error] : [writeErrors].flat();
    if (all.length === 0 || !all.every(isDuplicate)) throw error;
  }
}

export async function putInPlace(db: Db, projection: Projection, generation: number, committed: Committed) {
  const { turn, mark, pending } = committed;
  const writes = Object.entries(projection.tables).flatMap(([name, table]) => {
    const rows = pending.rows.filter(row => row.table === name);
    if (rows.length === 0) return [];
    const operations = rows.map(({ id, row }) => ({
      replaceOne: {
        filter: { _id: id, _turn: { $lt: turn } },
        replacement: { _turn: turn, _mark: mark, ...(row ?? { _gone: true }) },
        upsert: true,
      },
    }));
    const collection = db.collection<RowDocument>(generationCollection(table, generation));
    return [ignoringNewer(collection.bulkWrite(operations, { ordered: false }))];
  });
  if (pending.parked.length > 0)
    writes.push(ignoringNewer(records(db).parked.insertMany([...pending.parked], { ordered: false })));
  await Promise.all(writes);
}

/** Takes back what was put into place for a write that the store has forgotten; `before` gives the documents that stood there. */
export async function takeBack(
  db: Db,
  projection: Projection,
  generation: number,
  { mark, pending }: Committed,
  before: (table: string, id: string) => RowDocument | undefined,
): Promise<void> {
  for (const [name, table] of Object.entries(projection.tables)) {
    const operations = pending.rows
      .filter(row => row.table === name)
      .map(({ id }) => {
        const was = before(name, id);
        const filter = { _id: id, _mark: mark };
        return was ? { replaceOne: { filter, replacement: was } } : { deleteOne: { filter } };
      });
    const collection = db.collection<RowDocument>(generationCollection(table, generation));
    if (operations.length > 0) await collection.bulkWrite(operations, { ordered: false });
  }
  await records(db).parked.deleteMany({ mark });
}
