/** What a generation holds beside its checkpoint: parked events, notes, and its rows read whole. */
import { readCloudEventEnvelope } from '@foldline/contracts';
import type { Row, RunnerNote, StoredNote, StoredParkedEvent, Table } from '@foldline/projections';
import type { Db } from './connection';
import { records } from './records';
import { decodeRow, generationCollection, isGone, type RowDocument } from './row-documents';

const CHUNK = 5000;

/** `of`: the id of the generation, here and below. */
export async function writeNote(db: Db, of: string, { log, kind, reason, count, position }: RunnerNote): Promise<void> {
  const now = new Date();
  await records(db).notes.updateOne(
    { _id: [of, log, kind, reason].join(' ') },
    { $inc: { count }, $set: { position, lastAt: now }, $setOnInsert: { of, log, kind, reason, firstAt: now } },
    { upsert: true },
  );
}

export async function readNotes(db: Db, of: string): Promise<StoredNote[]> {
  const found = await records(db).notes.find({ of }).sort({ log: 1, kind: 1, reason: 1 }).toArray();
  return found.map(({ log, kind, reason, count, position, firstAt, lastAt }) => ({
    ...{ log, kind, reason, count, position, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() },
  }));
}

export async function readParked(db: Db, of: string): Promise<StoredParkedEvent[]> {
  const found = await records(db).parked.find({ of }).sort({ log: 1, position: 1 }).toArray();
  return found.map(({ log, position, key, reason, event, parkedAt }) => ({
    ...{ log, position, key, reason, parkedAt: parkedAt.toISOString() },
    event: readCloudEventEnvelope(JSON.parse(event)),
  }));
}

/** Keyset pages: writers are never held up. */
export async function* readRows(db: Db, table: Table, generation: number): AsyncIterable<readonly Row[]> {
  const collection = db.collection<RowDocument>(generationCollection(table, generation));
  for (let last: string | undefined, more = true; more;) {
    const after = last === undefined ? {} : { _id: { $gt: last } };
    const found = await collection.find(after).sort({ _id: 1 }).limit(CHUNK).toArray();
    const rows = found.filter(document => !isGone(document)).map(document => decodeRow(table, document));
    if (rows.length > 0) yield rows;
    last = found.at(-1)?._id;
    more = found.length === CHUNK;
  }
}
