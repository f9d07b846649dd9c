/** Puts a committed write into place: any part of it any number of times, by whoever finds it, also late. */
import type { Db } from './connection';
import { DURABLE, isDuplicate, records, type ParkedDocument, type Pending, type PendingRow } from './records';
import { generationCollection, type RowDocument } from './row-documents';

export interface Committed {
  readonly turn: number;
  readonly mark: string;
  readonly pending: Pending;
}

/** On disk before anybody writes that nothing is pending any more: a server may forget what came last, and never what came before. */
const IN_PLACE = { ordered: false, ...DURABLE } as const;

interface WriteError {
  readonly code?: number;
}

/** A guarded upsert of what is newer already finds its place taken. */
export async function ignoringNewer(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    const { writeErrors } = error as { writeErrors?: WriteError | readonly WriteError[] };
    const all = writeErrors === undefined ? [error] : [writeErrors].flat();
    if (all.length === 0 || !all.every(isDuplicate)) throw error;
  }
}

function byTable(rows: readonly PendingRow[]): Map<string, PendingRow[]> {
  const tables = new Map<string, PendingRow[]>();
  for (const row of rows) {
    const ofTable = tables.get(row.table);
    if (ofTable) ofTable.push(row);
    else tables.set(row.table, [row]);
  }
  return tables;
}

const rowsOf = (db: Db, table: string, generation: number) =>
  db.collection<RowDocument>(generationCollection({ name: table }, generation));

export async function putInPlace(db: Db, generation: number, { turn, mark, pending }: Committed): Promise<void> {
  const writes = [...byTable(pending.rows)].map(([table, rows]) => {
    const operations = rows.map(({ id, row }) => ({
      replaceOne: {
        filter: { _id: id, _turn: { $lt: turn } },
        replacement: { _turn: turn, _mark: mark, ...(row ?? { _gone: true }) },
        upsert: true,
      },
    }));
    return ignoringNewer(rowsOf(db, table, generation).bulkWrite(operations, IN_PLACE));
  });
  writes.push(...parkedWrites(db, pending));
  await Promise.all(writes);
}

function parkedWrites(db: Db, { parked, applied = [], reasons = [] }: Pending): Promise<void>[] {
  const collection = records(db).parked;
  const changes = [
    // The place stays taken: what comes late does not park the event again.
    ...applied.map(id => ({
      updateOne: { filter: { _id: id }, update: { $unset: { of: '', key: '', reason: '', event: '' } } },
    })),
    ...reasons.map(({ id, reason }) => ({
      updateOne: { filter: { _id: id, of: { $exists: true } }, update: { $set: { reason } } },
    })),
  ] as Parameters<typeof collection.bulkWrite>[0];
  return [
    ...(parked.length > 0 ? [ignoringNewer(collection.insertMany([...parked], IN_PLACE))] : []),
    ...(changes.length > 0 ? [collection.bulkWrite(changes, IN_PLACE).then(() => undefined)] : []),
  ];
}

/** What stood in a place before a write: for the way back. */
export interface Before {
  row(table: string, id: string): RowDocument | undefined;
  readonly parked?: readonly ParkedDocument[];
}

/** Takes back what was put into place for a write that the store has forgotten. */
export async function takeBack(db: Db, generation: number, { mark, pending }: Committed, before: Before) {
  for (const [table, rows] of byTable(pending.rows)) {
    const operations = rows.map(({ id }) => {
      const was = before.row(table, id);
      const filter = { _id: id, _mark: mark };
      return was ? { replaceOne: { filter, replacement: was } } : { deleteOne: { filter } };
    });
    await rowsOf(db, table, generation).bulkWrite(operations, { ordered: false });
  }
  await records(db).parked.deleteMany({ mark });
  for (const was of before.parked ?? []) await records(db).parked.replaceOne({ _id: was._id }, was, { upsert: true });
}
