/** A generation of a projection in MongoDB: a batch is committed by ONE document, and put into place after it by whoever comes. */
import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { encodeCloudEvent, type LogName } from '@foldline/contracts';
import {
  foldBatch,
  keyText,
  prepareBatch,
  wayOutOf,
  type Applied,
  type Batch,
  type Checkpoint,
  type Folded,
  type Projection,
  type ProjectionStore,
  type Row,
  type RunnerNote,
  type StoredNote,
  type StoredParkedEvent,
} from '@foldline/projections';
import type { Mongo } from './connection';
import { isFromLostWrite, loadRows, type Loaded } from './load-rows';
import { putInPlace, takeBack, type Committed } from './put-in-place';
import { generationId, records, type ParkedDocument, type Pending } from './records';
import { readNotes, readParked, readRows, writeNote } from './read-records';
import { encodeRow } from './row-documents';
import { readGeneration, readStanding, settle, type Standing } from './standing';

const { BSON } = mongoose.mongo;

/** Other writers come first now and then; more than this in a row is not honest work any more. */
const MOST_LOST = 50;
/** Of a write that is put into place; a document holds 16 MiB. */
const MOST_BYTES = 12 * 1024 * 1024;

/** What no document can hold: it would fail for ever, so the event that brings it is parked. */
class RefusedRowsError extends Error {
  override readonly name = 'RefusedRowsError';
}

const isSame = (a: Checkpoint | undefined, b: Checkpoint): boolean =>
  (a?.position ?? 0) === b.position &&
  (a === undefined || (a.eventId === b.eventId && a.incarnation === b.incarnation));

export class MongoProjectionStore implements ProjectionStore {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly wayOut: string;
  /** A write is stored twice, first in one document: it must stay small. */
  readonly maxBatch = 500;
  private readonly id: string;
  private standing?: Standing;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly mongo: Mongo,
    readonly projection: Projection,
    readonly generation: number,
    readonly stale: boolean,
  ) {
    this.name = `${projection.name}_g${generation}`;
    this.id = generationId(projection.name, generation);
    this.logs = projection.logs;
    this.wayOut = wayOutOf(projection.name);
  }

  checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    return this.inTurn(async () => {
      this.standing = await readStanding(this.mongo.db, this.projection, this.generation);
      return this.standing.checkpoints.get(log);
    });
  }

  apply(batch: Batch): Promise<Applied> {
    return this.inTurn(() => this.applyOrIsolate(batch));
  }

  note(note: RunnerNote): Promise<void> {
    return writeNote(this.mongo.db, this.id, note);
  }
  parked(): Promise<readonly StoredParkedEvent[]> {
    return readParked(this.mongo.db, this.id);
  }
  notes(): Promise<readonly StoredNote[]> {
    return readNotes(this.mongo.db, this.id);
  }
  rows(table: string): AsyncIterable<readonly Row[]> {
    return readRows(this.mongo.db, this.projection.tables[table]!, this.generation);
  }

  /** The lanes of the logs write the same rows, so they take turns here instead of losing them at the database. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Halves a batch that no document can hold until the event is alone that must be parked. */
  private async applyOrIsolate(batch: Batch): Promise<Applied> {
    try {
      return await this.applyWhole(batch);
    } catch (error) {
      this.standing = undefined;
      if (!(error instanceof RefusedRowsError)) throw error;
      const { events } = batch;
      if (events.length === 1) return this.applyWhole(batch, new Map([[events[0]!.position, error.message]]));
      return this.applyOrIsolate({ ...batch, events: events.slice(0, Math.floor(events.length / 2)) });
    }
  }

  private async applyWhole(batch: Batch, refused?: ReadonlyMap<number, string>): Promise<Applied> {
    const { log, from, events } = batch;
    const { db } = this.mongo;
    const prepared = prepareBatch(this.projection, events, refused);
    for (let lost = 0; lost < MOST_LOST; lost++) {
      const fresh = !this.standing;
      const standing = (this.standing ??= await readStanding(db, this.projection, this.generation));
      const at = standing.checkpoints.get(log);
      if (!isSame(at, from)) {
        this.standing = undefined;
        if (!fresh) continue;
        return { kind: 'moved', checkpoint: at ?? { incarnation: from.incarnation, position: 0, eventId: '' } };
      }
      const loaded = await loadRows(db, this.projection, this.generation, prepared.toLoad);
      if (loaded.some(document => isFromLostWrite(document, standing))) {
        await this.refuseUnlessMoved(standing);
        this.standing = undefined;
        continue;
      }
      const folded = foldBatch(this.projection, prepared, loaded.rows, standing.parkedKeys.of(log));
      const last = events.at(-1)!;
      const checkpoint = { incarnation: last.incarnation, position: last.position, eventId: last.eventId };
      const mark = randomUUID();
      const pending = this.pendingOf(log, mark, folded);
      if (await this.commit(standing, log, { ...checkpoint, recordedAt: new Date(last.recordedAt) }, mark, pending)) {
        const turn = standing.turn + 1;
        if (pending) await this.finish({ turn, mark, pending }, loaded);
        Object.assign(standing, { turn, mark });
        standing.checkpoints.set(log, checkpoint);
        standing.parkedKeys.remember(log, folded.parked);
        return { kind: 'applied', checkpoint, parked: folded.parked.length };
      }
      this.standing = undefined;
    }
    throw new Error(
      `${this.name}: others write to this generation all the time; only one runner per generation is useful`,
    );
  }

  private pendingOf(log: LogName, mark: string, folded: Folded): Pending | null {
    const rows = Object.entries(folded.changes).flatMap(([name, changes]) =>
      changes.map(({ key, after }) => {
        const table = this.projection.tables[name]!;
        return { table: name, id: keyText(key), row: after ? encodeRow(table, after) : null };
      }),
    );
    const parked = folded.parked.map(({ key, reason, event }): ParkedDocument => {
      const { position } = event;
      const [of, parkedAt] = [this.id, new Date()];
      const place = { _id: `${of} ${log} ${position}`, of, log, position, mark, parkedAt };
      return { ...place, key, reason, event: encodeCloudEvent(event) };
    });
    return rows.length + parked.length > 0 ? { rows, parked } : null;
  }

  /** The one write that decides: checkpoint and all rows, at the mark they were read at, or nothing. */
  private async commit(
    { turn, mark: at }: Standing,
    log: LogName,
    checkpoint: Checkpoint & { recordedAt: Date },
    mark: string,
    pending: Pending | null,
  ): Promise<boolean> {
    const set = { turn: turn + 1, mark, [`checkpoints.${log}`]: checkpoint, pending };
    const bytes = sizeOf(set);
    if (bytes > MOST_BYTES)
      throw new RefusedRowsError(`the store refuses its rows (a document of ${MOST_BYTES} bytes)`);
    const { matchedCount } = await records(this.mongo.db).generations.updateOne(
      { _id: this.id, mark: at },
      { $set: set },
      // On disk before rows follow it: a store that forgets it after a crash would keep rows of a write it does not know.
      { writeConcern: { w: 'majority', journal: true } },
    );
    return matchedCount === 1;
  }

  /** Rows of a newer write than the one known here: either somebody else wrote since, or the store has forgotten that write. */
  private async refuseUnlessMoved({ mark }: Standing): Promise<void> {
    const now = await readGeneration(this.mongo.db, this.projection.name, this.generation);
    if (now.mark === mark)
      throw new Error(`${this.name}: rows are newer than what the store knows of its writes. ${this.wayOut}`);
  }

  private async finish(committed: Committed, loaded: Loaded): Promise<void> {
    const { db } = this.mongo;
    await putInPlace(db, this.projection, this.generation, committed);
    if (await settle(db, this.projection.name, this.generation, committed.mark)) return;
    this.standing = undefined;
    const { turn } = await readGeneration(db, this.projection.name, this.generation);
    if (turn >= committed.turn) return;
    await takeBack(db, this.projection, this.generation, committed, loaded.before);
    throw new Error(`${this.name}: the store came back older than it was; going on from what it holds`);
  }
}

function sizeOf(document: object): number {
  try {
    return BSON.calculateObjectSize(document as Record<string, unknown>, { serializeFunctions: false });
  } catch (error) {
    throw new RefusedRowsError(`the store refuses its rows (${(error as Error).name})`);
  }
}
