/** A generation of a projection in MongoDB: a batch is committed by ONE document, and put into place after it by whoever comes. */
import { randomUUID } from 'node:crypto';
import type { LogName } from '@foldline/contracts';
import {
  applyOrIsolate,
  foldBatch,
  placeOf,
  prepareBatch,
  Turns,
  parkedWayOutOf,
  wayOutOf,
  type Applied,
  type ApplyBatch,
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
import { Committer, isFromLostWrite, RefusedRowsError } from './commit';
import type { Mongo } from './connection';
import { readFree } from './hold';
import { loadRows } from './load-rows';
import { parkedPending, rowsPending } from './pending';
import { readNotes, readParked, readRows, writeNote } from './read-records';
import type { Pending } from './records';
import { readStanding, type Standing } from './standing';

/** Other writers come first now and then; more than this in a row is not honest work any more. */
const MOST_LOST = 50;

const refusalOf = (error: unknown): string | undefined =>
  error instanceof RefusedRowsError ? error.message : undefined;

const isSame = (a: Checkpoint | undefined, b: Checkpoint): boolean =>
  (a?.position ?? 0) === b.position &&
  (a === undefined || (a.eventId === b.eventId && a.incarnation === b.incarnation));

export class MongoProjectionStore implements ProjectionStore {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly wayOut: string;
  readonly wayOutOfParked: string;
  /** A write is stored twice, first in one document: it must stay small. */
  readonly maxBatch = 500;
  private readonly committer: Committer;
  private standing?: Standing;
  private readonly turns = new Turns();

  constructor(
    private readonly mongo: Mongo,
    readonly projection: Projection,
    readonly generation: number,
    readonly stale: boolean,
  ) {
    this.name = `${projection.name}_g${generation}`;
    this.committer = new Committer(mongo.db, projection.name, generation);
    this.logs = projection.logs;
    this.wayOut = wayOutOf(projection.name);
    this.wayOutOfParked = parkedWayOutOf(projection.name);
  }

  checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    return this.turns.take(async () => {
      const standing = await readStanding(this.mongo.db, this.projection.name, this.generation);
      // Nothing may be written at a mark at which somebody holds the generation.
      this.standing = standing.hold ? undefined : standing;
      return standing.checkpoints.get(log);
    });
  }

  apply(batch: Batch): Promise<Applied> {
    const apply: ApplyBatch = (part, refused) =>
      this.applyWhole(part, refused).catch((error: unknown) => {
        this.standing = undefined;
        throw error;
      });
    return this.turns.take(() => applyOrIsolate(batch, apply, refusalOf));
  }

  note(note: RunnerNote): Promise<void> {
    return writeNote(this.mongo.db, this.committer.id, note);
  }
  parked(): Promise<readonly StoredParkedEvent[]> {
    return readParked(this.mongo.db, this.committer.id);
  }
  notes(): Promise<readonly StoredNote[]> {
    return readNotes(this.mongo.db, this.committer.id);
  }
  rows(table: string): AsyncIterable<readonly Row[]> {
    return readRows(this.mongo.db, this.projection.tables[table]!, this.generation);
  }

  private async applyWhole(batch: Batch, refused?: ReadonlyMap<number, string>): Promise<Applied> {
    const { log, from, events } = batch;
    const { db } = this.mongo;
    const { name } = this.projection;
    const prepared = prepareBatch(this.projection, events, refused);
    for (let lost = 0; lost < MOST_LOST; lost++) {
      const fresh = !this.standing;
      const standing = (this.standing ??= await readFree(db, name, this.generation));
      const at = standing.checkpoints.get(log);
      if (!isSame(at, from)) {
        this.standing = undefined;
        if (!fresh) continue;
        return { kind: 'moved', checkpoint: at ?? { incarnation: from.incarnation, position: 0, eventId: '' } };
      }
      const loaded = await loadRows(db, this.projection, this.generation, prepared.toLoad);
      if (loaded.some(document => isFromLostWrite(document, standing))) {
        await this.committer.refuseUnlessMoved(standing);
        this.standing = undefined;
        continue;
      }
      const folded = foldBatch(this.projection, prepared, loaded.rows, standing.parkedKeys.of(log));
      const { incarnation, position, eventId, recordedAt } = events.at(-1)!;
      const checkpoint = { incarnation, position, eventId };
      const next = randomUUID();
      const pending = this.pendingOf(log, next, folded);
      const set = { [`checkpoints.${log}`]: { ...checkpoint, recordedAt: new Date(recordedAt) } };
      const committed = await this.committer.commit(standing, set, pending, next);
      this.standing = undefined;
      if (!committed) continue;
      const known = !pending || (await this.committer.finish(committed, pending, { row: loaded.before }));
      standing.checkpoints.set(log, checkpoint);
      standing.parkedKeys.remember(log, folded.parked);
      if (known) this.standing = { ...standing, ...committed };
      return { kind: 'applied', checkpoint, parked: folded.parked.map(placeOf) };
    }
    throw new Error(
      `${this.name}: others write to this generation all the time; only one runner per generation is useful`,
    );
  }

  private pendingOf(log: LogName, mark: string, { changes, parked }: Folded): Pending | null {
    const rows = rowsPending(this.projection, changes);
    if (rows.length === 0 && parked.length === 0) return null;
    return { rows, parked: parkedPending(this.committer.id, log, mark, parked) };
  }
}
