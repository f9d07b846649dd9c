/** The read models of one MongoDB database: their generations, and which of them serves. */
import { randomUUID } from 'node:crypto';
import {
  fingerprint,
  type Generation,
  type GenerationState,
  type Projection,
  type ProjectionStores,
} from '@foldline/projections';
import type { Mongo } from './connection';
import { makeCollections } from './generation-models';
import { MongoProjectionStore } from './mongo-projection-store';
import { generationId, isDuplicate, records } from './records';

export class MongoProjectionStores implements ProjectionStores {
  constructor(private readonly mongo: Mongo) {}

  async prepare(): Promise<void> {
    const { parked, notes } = records(this.mongo.db);
    await parked.createIndex({ of: 1, log: 1, position: 1 });
    await notes.createIndex({ of: 1, log: 1, kind: 1 });
  }

  async openServing(projection: Projection): Promise<MongoProjectionStore> {
    const { projections } = records(this.mongo.db);
    const pointer = await projections.findOne({ _id: projection.name });
    const made = await this.ensureGeneration(projection, pointer?.serving ?? 1, 'ready');
    if (pointer) return this.storeOf(projection, pointer.serving, made);
    await unlessThere(projections.insertOne({ _id: projection.name, serving: 1 }));
    return this.openServing(projection);
  }

  async open(projection: Projection, generation: number): Promise<MongoProjectionStore> {
    return this.storeOf(projection, generation, await this.ensureGeneration(projection, generation, 'building'));
  }

  async generations(projection: string): Promise<readonly Generation[]> {
    const { projections, generations } = records(this.mongo.db);
    const pointer = await projections.findOne({ _id: projection });
    const found = await generations
      .find({ projection }, { projection: { pending: 0 } })
      .sort({ generation: 1 })
      .toArray();
    return found.map(({ generation, state, fingerprint, madeAt }) => ({
      ...{ projection, generation, state, fingerprint, madeAt: madeAt.toISOString() },
      ...{ serving: generation === pointer?.serving, previous: false, keepUntil: null },
    }));
  }

  private storeOf(projection: Projection, generation: number, made: string): MongoProjectionStore {
    return new MongoProjectionStore(this.mongo, projection, generation, made !== fingerprint(projection));
  }

  /** Returns the fingerprint of the code that made the generation. Its record is made last: what has one is whole. */
  private async ensureGeneration(projection: Projection, generation: number, state: GenerationState): Promise<string> {
    const { generations } = records(this.mongo.db);
    const _id = generationId(projection.name, generation);
    const found = await generations.findOne({ _id }, { projection: { fingerprint: 1 } });
    if (found) return found.fingerprint;
    await makeCollections(this.mongo.connection, Object.values(projection.tables), generation);
    await unlessThere(
      generations.insertOne({
        ...{ _id, projection: projection.name, generation, state, fingerprint: fingerprint(projection) },
        ...{ madeAt: new Date(), turn: 0, mark: randomUUID(), checkpoints: {}, pending: null },
      }),
    );
    return this.ensureGeneration(projection, generation, state);
  }
}

async function unlessThere(insert: Promise<unknown>): Promise<void> {
  try {
    await insert;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}
