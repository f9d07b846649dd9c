/** Deletes generations: first the pointer knows, then the writers, then the documents go. Whoever finds one half deleted goes on with it. */
import { randomUUID } from 'node:crypto';
import { refused } from '@foldline/projections';
import type { Db } from './connection';
import { movePointer, readPointer } from './pointer';
import { DURABLE, generationId, records } from './records';
import { generationCollection } from './row-documents';

export async function dropGeneration(db: Db, projection: string, generation: number): Promise<void> {
  for (;;) {
    const pointer = await readPointer(db, projection);
    const { serving, previous, previousUntil, dropping } = pointer;
    const found = await records(db).generations.findOne({ _id: generationId(projection, generation) });
    if (!found || dropping.includes(generation)) throw refused.noGeneration(projection, generation);
    if (serving === generation) throw refused.serves(projection, generation);
    const kept = previous === generation ? { previous: null, previousUntil: null } : { previous, previousUntil };
    // From here on nobody can make it serve.
    if (await movePointer(db, pointer, { ...kept, dropping: [...dropping, generation] })) break;
  }
  await finishDrops(db, projection);
}

export async function finishDrops(db: Db, projection: string): Promise<void> {
  for (;;) {
    const pointer = await readPointer(db, projection);
    const [generation, ...rest] = pointer.dropping;
    if (generation === undefined) return;
    await deleteGeneration(db, projection, generation);
    await movePointer(db, pointer, { dropping: rest });
  }
}

async function deleteGeneration(db: Db, projection: string, generation: number): Promise<void> {
  const _id = generationId(projection, generation);
  const { generations, parked, notes } = records(db);
  // Writers find another mark, look, and halt.
  await generations.updateOne({ _id }, { $set: { dropped: true, pending: null, mark: randomUUID() } }, DURABLE);
  const found = await generations.findOne({ _id });
  const there = new Set((await db.listCollections().toArray()).map(({ name }) => name));
  const mine = (found?.tables ?? []).map(name => generationCollection({ name }, generation));
  // One that is not there may not be dropped, says the server.
  for (const name of mine) if (there.has(name)) await db.collection(name).drop();
  await parked.deleteMany({ _id: new RegExp(`^${_id} `) } as object);
  await notes.deleteMany({ of: _id });
  await generations.deleteOne({ _id });
}
