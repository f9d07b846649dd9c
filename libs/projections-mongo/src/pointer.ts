/** Which generation serves: one document, changed only where nobody else changed it since it was read. */
import { randomUUID } from 'node:crypto';
import type { Db } from './connection';
import { DURABLE, isDuplicate, records, type PointerDocument } from './records';

/** Makes it where there is none; then nothing serves yet. */
export async function readPointer(db: Db, projection: string): Promise<PointerDocument> {
  const { projections } = records(db);
  const found = await projections.findOne({ _id: projection });
  if (found) return found;
  const blank = { serving: 0, previous: null, previousUntil: null, newest: 0, dropping: [], builder: null };
  try {
    await projections.insertOne({ _id: projection, ...blank, mark: randomUUID() }, DURABLE);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  return readPointer(db, projection);
}

/** False: somebody else changed it since it was read, and nothing was written. */
export async function movePointer(
  db: Db,
  { _id, mark }: PointerDocument,
  set: Partial<Omit<PointerDocument, '_id' | 'mark'>>,
): Promise<boolean> {
  const { matchedCount } = await records(db).projections.updateOne(
    { _id, mark },
    { $set: { ...set, mark: randomUUID() } },
    DURABLE,
  );
  return matchedCount === 1;
}

/** Whoever has read the pointer before this cannot move it any more. */
export async function touchPointer(db: Db, projection: string): Promise<void> {
  await records(db).projections.updateOne({ _id: projection }, { $set: { mark: randomUUID() } }, DURABLE);
}
