/** The read models of one MongoDB database: their generations, and which of them serves. */
import { randomUUID } from 'node:crypto';
import {
  assertRoom,
  fingerprint,
  refused,
  type Generation,
  type GenerationFigures,
  type GenerationSnapshot,
  type GenerationState,
  type LogsToRead,
  type Projection,
  type Redriven,
  type ReplayableStores,
  type RightRows,
  type Scope,
  type SwitchOptions,
} from '@foldline/projections';
import { BuildLease } from './build-lease';
import type { Mongo } from './connection';
import { dropGeneration, finishDrops } from './dropping';
import { generationFigures } from './generation-costs';
import { makeIndexes } from './generation-models';
import { MongoGenerationBuild } from './mongo-generation-build';
import { MongoGenerationSnapshot } from './mongo-generation-snapshot';
import { MongoProjectionStore } from './mongo-projection-store';
import { movePointer, readPointer } from './pointer';
import { DURABLE, generationId, isDuplicate, records } from './records';
import { redriveParked, repairScope } from './repair';
import { switchGeneration } from './switching';

export class MongoProjectionStores implements ReplayableStores {
  constructor(private readonly mongo: Mongo) {}

  async prepare(): Promise<void> {
    const { parked, notes } = records(this.mongo.db);
    await parked.createIndex({ of: 1, log: 1, position: 1 });
    await notes.createIndex({ of: 1, log: 1, kind: 1 });
  }

  async openServing(projection: Projection): Promise<MongoProjectionStore> {
    const { db } = this.mongo;
    await finishDrops(db, projection.name);
    for (;;) {
      const pointer = await readPointer(db, projection.name);
      const { serving, newest } = pointer;
      if (serving > 0)
        return this.storeOf(projection, serving, await this.ensureGeneration(projection, serving, 'ready'));
      const built = (await this.generations(projection.name)).findLast(({ state }) => state === 'ready');
      const first = built?.generation ?? newest + 1;
      await this.ensureGeneration(projection, first, 'ready');
      await movePointer(db, pointer, { serving: first, newest: Math.max(newest, first) });
    }
  }

  async open(projection: Projection, generation: number): Promise<MongoProjectionStore> {
    return this.storeOf(projection, generation, await this.ensureGeneration(projection, generation, 'building'));
  }

  async reopen(projection: Projection, generation: number): Promise<MongoProjectionStore> {
    const found = (await this.generations(projection.name)).find(one => one.generation === generation);
    if (!found) throw refused.noGeneration(projection.name, generation);
    return this.storeOf(projection, generation, found.fingerprint);
  }

  async generations(projection: string): Promise<readonly Generation[]> {
    const { projections, generations } = records(this.mongo.db);
    const pointer = await projections.findOne({ _id: projection });
    const found = await generations
      .find({ projection }, { projection: { pending: 0 } })
      .sort({ generation: 1 })
      .toArray();
    return found
      .filter(({ generation }) => !pointer?.dropping?.includes(generation))
      .map(({ generation, state, fingerprint: made, madeAt }) => {
        const previous = generation === pointer?.previous;
        const keepUntil = (previous && pointer.previousUntil?.toISOString()) || null;
        const serving = generation === pointer?.serving;
        return {
          ...{ projection, generation, state, serving, previous, keepUntil },
          ...{ fingerprint: made, partition: null, madeAt: madeAt.toISOString() },
        };
      });
  }

  async beginBuild(projection: Projection): Promise<MongoGenerationBuild> {
    const lease = await BuildLease.take(this.mongo, projection.name);
    try {
      await finishDrops(this.mongo.db, projection.name);
      const { generation, resumed } = await this.nextGeneration(projection);
      return await MongoGenerationBuild.begin(this.mongo, projection, lease, generation, resumed);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  switchTo(projection: string, generation: number, options: SwitchOptions): Promise<void> {
    return switchGeneration(this.mongo.db, projection, generation, options);
  }

  drop(projection: string, generation: number): Promise<void> {
    return dropGeneration(this.mongo.db, projection, generation);
  }

  figures(projection: Projection, generation: number): Promise<GenerationFigures> {
    return generationFigures(this.mongo.db, projection, generation);
  }

  async snapshot<T>(
    projection: Projection,
    generation: number,
    logs: LogsToRead,
    work: (snapshot: GenerationSnapshot) => Promise<T>,
  ): Promise<T> {
    return work(await MongoGenerationSnapshot.take(this.mongo.db, projection, generation, logs));
  }

  redrive(projection: Projection, generation: number, key?: string): Promise<Redriven> {
    return redriveParked(this.mongo.db, projection, generation, key);
  }

  repair(projection: Projection, generation: number, scope: Scope, value: string, rightRows: RightRows) {
    return repairScope(this.mongo.db, projection, generation, scope, value, rightRows);
  }

  /** Only who has the right to build is here. */
  private async nextGeneration(projection: Projection): Promise<{ generation: number; resumed: boolean }> {
    const { db } = this.mongo;
    const there = await this.generations(projection.name);
    const begun = there.find(({ state }) => state === 'building');
    if (begun && begun.fingerprint === fingerprint(projection)) return { generation: begun.generation, resumed: true };
    if (begun) await dropGeneration(db, projection.name, begun.generation);
    assertRoom(
      projection.name,
      there.filter(one => one !== begun),
    );
    for (;;) {
      const pointer = await readPointer(db, projection.name);
      const generation = Math.max(pointer.newest, ...there.map(one => one.generation)) + 1;
      if (!(await movePointer(db, pointer, { newest: generation }))) continue;
      await this.makeRecord(projection, generation, 'building');
      return { generation, resumed: false };
    }
  }

  private storeOf(projection: Projection, generation: number, made: string): MongoProjectionStore {
    return new MongoProjectionStore(this.mongo, projection, generation, made !== fingerprint(projection));
  }

  /** Returns the fingerprint of the code that made the generation. Its record is made last: what has one has its indexes. */
  private async ensureGeneration(projection: Projection, generation: number, state: GenerationState): Promise<string> {
    const _id = generationId(projection.name, generation);
    const found = await records(this.mongo.db).generations.findOne({ _id }, { projection: { fingerprint: 1 } });
    if (found) return found.fingerprint;
    await makeIndexes(this.mongo.connection, Object.values(projection.tables), generation);
    await this.makeRecord(projection, generation, state);
    return this.ensureGeneration(projection, generation, state);
  }

  private async makeRecord(projection: Projection, generation: number, state: GenerationState): Promise<void> {
    const { name } = projection;
    const what = { _id: generationId(name, generation), projection: name, generation, state };
    const made = { fingerprint: fingerprint(projection), madeAt: new Date(), tables: tableNames(projection) };
    const blank = { checkpoints: {}, pending: null, hold: null, repairs: 0, builder: null, written: [] };
    await records(this.mongo.db)
      .generations.insertOne({ ...what, ...made, ...blank, turn: 0, mark: randomUUID() }, DURABLE)
      .catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
      });
  }
}

const tableNames = ({ tables }: Projection): string[] => Object.values(tables).map(({ name }) => name);
