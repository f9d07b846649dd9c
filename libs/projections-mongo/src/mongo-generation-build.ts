/** Builds a generation in MongoDB by bulk inserts: rows first, then the record that says that they are there. */
import { randomUUID } from 'node:crypto';
import type { LogName } from '@foldline/contracts';
import {
  BuildInProgressError,
  keyText,
  type Changes,
  type GenerationBuild,
  type Projection,
  type ReachedCheckpoint,
  type Row,
  type RowChange,
  type Table,
} from '@foldline/projections';
import type { BuildLease } from './build-lease';
import type { Db, Mongo } from './connection';
import { makeIndexes } from './generation-models';
import { ignoringNewer } from './put-in-place';
import { readRows } from './read-records';
import { DURABLE, generationId, isDuplicate, records, type GenerationDocument } from './records';
import { encodeRow, generationCollection, type RowDocument } from './row-documents';

/** Documents of one call. */
const CHUNK = 2_000;
/** On disk before the record says that they are there. */
const UNORDERED = { ordered: false, ...DURABLE } as const;

/** As it stood before the write that the document is from: the way back when that write was not finished. */
interface BuiltDocument extends RowDocument {
  readonly _was?: Readonly<Record<string, unknown>>;
}

export class MongoGenerationBuild implements GenerationBuild {
  private readonly id: string;
  private readonly db: Db;

  private constructor(
    private readonly mongo: Mongo,
    private readonly projection: Projection,
    private readonly lease: BuildLease,
    readonly generation: number,
    readonly resumed: boolean,
  ) {
    this.db = mongo.db;
    this.id = generationId(projection.name, generation);
  }

  /** Takes a generation over for this builder, with what an earlier one left unfinished taken back. */
  static async begin(mongo: Mongo, projection: Projection, lease: BuildLease, generation: number, resumed: boolean) {
    const build = new MongoGenerationBuild(mongo, projection, lease, generation, resumed);
    await records(mongo.db).generations.updateOne(
      { _id: build.id, state: 'building' },
      { $set: { builder: lease.id }, $inc: { turn: 1 } },
      DURABLE,
    );
    await build.takeBackUnfinished();
    return build;
  }

  async checkpoints(): Promise<ReadonlyMap<LogName, ReachedCheckpoint>> {
    const { checkpoints } = await this.record();
    return reachedOf(checkpoints);
  }

  rows(table: string): AsyncIterable<readonly Row[]> {
    return readRows(this.db, this.projection.tables[table]!, this.generation);
  }

  /** The record comes last: documents of a write that it does not know of are taken back by whoever goes on. */
  async write(changes: Changes, checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>): Promise<void> {
    const { turn } = await this.record();
    const stamp = { _turn: turn + 1, _mark: randomUUID() as string };
    for (const [name, ofTable] of Object.entries(changes))
      for (let from = 0; from < ofTable.length; from += CHUNK)
        await this.writeRows(this.projection.tables[name]!, ofTable.slice(from, from + CHUNK), stamp);
    const set = Object.fromEntries(
      [...checkpoints].map(([log, { recordedAt, ...at }]) => [
        `checkpoints.${log}`,
        { ...at, recordedAt: new Date(recordedAt) },
      ]),
    );
    await this.mine({ $set: { ...set, turn: stamp._turn }, $push: { written: stamp._mark } });
  }

  async finish(): Promise<void> {
    await this.takeBackUnfinished();
    for (const table of this.tables)
      await this.rowsOf(table).updateMany({ _was: { $exists: true } }, { $unset: { _was: '' } });
    await makeIndexes(this.mongo.connection, this.tables, this.generation);
    await this.mine({
      $set: { state: 'ready', mark: randomUUID(), builder: null, written: [] },
      $inc: { turn: 1 },
    });
  }

  close(): Promise<void> {
    return this.lease.release();
  }

  private get tables(): readonly Table[] {
    return Object.values(this.projection.tables);
  }

  private rowsOf(table: Table) {
    return this.db.collection<BuiltDocument>(generationCollection(table, this.generation));
  }

  private async writeRows(table: Table, changes: readonly RowChange[], stamp: { _turn: number; _mark: string }) {
    const collection = this.rowsOf(table);
    const documents = changes.map(({ key, before, after }) => ({
      ...{ _id: keyText(key), ...stamp, ...(after ? encodeRow(table, after) : { _gone: true }) },
      ...(before && { _was: encodeRow(table, before) }),
    }));
    const made = documents.filter((_, i) => !changes[i]!.before);
    const others = documents.filter((_, i) => changes[i]!.before);
    if (made.length > 0)
      await collection.insertMany(made, UNORDERED).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        // Deleted before, or of a builder that lost its right and writes late.
        others.push(...made);
      });
    if (others.length === 0) return;
    const operations = others.map(({ _id, ...replacement }) => ({
      replaceOne: { filter: { _id, _turn: { $lt: stamp._turn } }, replacement, upsert: true },
    }));
    await ignoringNewer(collection.bulkWrite(operations, UNORDERED));
  }

  /** What is from no write that the record knows of is put back as it was. */
  private async takeBackUnfinished(): Promise<void> {
    const { turn, written } = await this.record();
    const last = written.at(-1) ?? '';
    for (const table of this.tables) {
      const collection = this.rowsOf(table);
      for (;;) {
        const found = await collection
          .find({ _mark: { $nin: [...written] } })
          .limit(CHUNK)
          .toArray();
        if (found.length === 0) break;
        const operations = found.map(({ _id, _mark, _was }) => {
          const filter = { _id, _mark };
          const replacement = { _turn: turn, _mark: last, ..._was };
          return _was ? { replaceOne: { filter, replacement } } : { deleteOne: { filter } };
        });
        await collection.bulkWrite(operations, UNORDERED);
      }
    }
  }

  private async record(): Promise<GenerationDocument> {
    const found = await records(this.db).generations.findOne({ _id: this.id, builder: this.lease.id });
    if (!found) throw this.lost();
    return found;
  }

  private async mine(update: object): Promise<void> {
    const { matchedCount } = await records(this.db).generations.updateOne(
      { _id: this.id, builder: this.lease.id },
      update,
      DURABLE,
    );
    if (matchedCount === 0) throw this.lost();
  }

  private lost(): Error {
    return new BuildInProgressError(
      `generation ${this.generation} of ${this.projection.name} was dropped, or somebody else builds it since: see "status".`,
    );
  }
}

export const reachedOf = (checkpoints: GenerationDocument['checkpoints']): Map<LogName, ReachedCheckpoint> =>
  new Map(
    Object.entries(checkpoints).map(([log, { incarnation, position, eventId, recordedAt }]) => [
      log as LogName,
      { incarnation, position, eventId, recordedAt: recordedAt.toISOString() },
    ]),
  );
