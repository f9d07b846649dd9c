/** What a generation stands at and what it costs, for whoever looks after it. */
import type { GenerationFigures, Projection } from '@foldline/projections';
import type { Db } from './connection';
import { reachedOf } from './mongo-generation-build';
import { records } from './records';
import { generationCollection } from './row-documents';
import { readGeneration } from './standing';

export async function generationFigures(
  db: Db,
  projection: Projection,
  generation: number,
): Promise<GenerationFigures> {
  const [record, sizes] = await Promise.all([
    readGeneration(db, projection.name, generation),
    Promise.all(Object.values(projection.tables).map(table => sizeOf(db, generationCollection(table, generation)))),
  ]);
  return {
    checkpoints: reachedOf(record.checkpoints),
    parked: await records(db).parked.countDocuments({ of: record._id }),
    rows: sizes.reduce((sum, { rows }) => sum + rows, 0),
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

interface CollectionStatistics {
  readonly count?: number;
  readonly storageSize?: number;
  readonly totalIndexSize?: number;
}

/** Zero for a collection that is not there yet. */
async function sizeOf(db: Db, name: string): Promise<{ rows: number; bytes: number }> {
  const found = (await db.command({ collStats: name }).catch(() => ({}))) as CollectionStatistics;
  return { rows: found.count ?? 0, bytes: (found.storageSize ?? 0) + (found.totalIndexSize ?? 0) };
}
