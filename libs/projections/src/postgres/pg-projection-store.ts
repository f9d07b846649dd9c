/** A generation of a projection in PostgreSQL: fold in memory, two round trips a batch or one, one writer at a time by compare-and-set. */
import { randomUUID } from 'node:crypto';
import { sqlStateOf, type Pool } from '@foldline/postgres';
import type { LogName } from '@foldline/contracts';
import { foldBatch, type LoadedRows } from '../fold/fold-batch';
import { placeOf, prepareBatch, type PreparedBatch } from '../fold/prepare-batch';
import type { Applied, Batch, Checkpoint, RunnerNote } from '../ports';
import type { Projection, Row } from '../projection';
import { applyOrIsolate, Turns, type ApplyBatch } from '../store/batch-turns';
import {
  parkedWayOutOf,
  wayOutOf,
  type ProjectionStore,
  type StoredNote,
  type StoredParkedEvent,
  type TouchedRows,
} from '../store/projection-store';
import { KnownRows } from './known-rows';
import { loadRows } from './load-rows';
import { readNotes, readParked, readRows, writeNote } from './records';
import { readStanding, type Standing } from './standing';
import type { Part } from './statement';
import { writeBatch, type Write } from './write-batch';

/**
 * What is kept beside the rows: parts of the statement that writes them, each `name as (...)` for its `with`, after one named
 * `taken` without whose row nothing may be written. Rows and what stands beside them come together or not at all.
 */
export type Beside = (touched: TouchedRows, generation: number) => readonly Part[];

export interface PgStoreOptions {
  readonly beside?: Beside;
}

/** Valid as long as the mark is the same. */
interface Remembered extends Standing {
  readonly known: KnownRows;
}

/** Other writers come first now and then; more than this in a row is not honest work any more. */
const MOST_LOST = 50;

/** Data that the tables cannot take (SQLSTATE 22, 23): it would fail for ever, so the event that brings it is parked. */
const refusalOf = (error: unknown): string | undefined => {
  const state = sqlStateOf(error);
  return state !== undefined && /^2[23]/.test(state) ? `the store refuses its rows (SQLSTATE ${state})` : undefined;
};

const isNothing = (toLoad: PreparedBatch['toLoad']): boolean =>
  Object.values(toLoad).every(({ keys, where }) => keys.size === 0 && where.size === 0);

const together = (known: LoadedRows, loaded: LoadedRows): LoadedRows =>
  Object.fromEntries(Object.entries(known).map(([table, rows]) => [table, [...rows, ...(loaded[table] ?? [])]]));

const isSame = (a: Checkpoint | undefined, b: Checkpoint): boolean =>
  (a?.position ?? 0) === b.position &&
  (a === undefined || (a.eventId === b.eventId && a.incarnation === b.incarnation));

export class PgProjectionStore implements ProjectionStore {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly wayOut: string;
  readonly wayOutOfParked: string;
  private standing?: Remembered;
  private readonly turns = new Turns();

  constructor(
    private readonly pool: Pool,
    readonly projection: Projection,
    readonly generation: number,
    readonly stale: boolean,
    private readonly options: PgStoreOptions,
  ) {
    this.name = `${projection.name}_g${generation}`;
    this.logs = projection.logs;
    this.wayOut = wayOutOf(projection.name);
    this.wayOutOfParked = parkedWayOutOf(projection.name);
  }

  checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    return this.turns.take(async () => {
      this.standing = await this.read();
      return this.standing.checkpoints.get(log);
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
    return writeNote(this.pool, this.projection.name, this.generation, note);
  }
  parked(): Promise<readonly StoredParkedEvent[]> {
    return readParked(this.pool, this.projection.name, this.generation);
  }
  notes(): Promise<readonly StoredNote[]> {
    return readNotes(this.pool, this.projection.name, this.generation);
  }
  rows(table: string): AsyncIterable<readonly Row[]> {
    return readRows(this.pool, this.projection.tables[table]!, this.generation);
  }

  private async read(): Promise<Remembered> {
    const standing = await readStanding(this.pool, this.projection.name, this.generation);
    return { ...standing, known: new KnownRows(this.projection) };
  }

  private async applyWhole(batch: Batch, refused?: ReadonlyMap<number, string>): Promise<Applied> {
    const { log, from, events } = batch;
    const prepared = prepareBatch(this.projection, events, refused);
    for (let lost = 0; lost < MOST_LOST; lost++) {
      const fresh = !this.standing;
      const standing = (this.standing ??= await this.read());
      const at = standing.checkpoints.get(log);
      if (!isSame(at, from)) {
        this.standing = undefined;
        if (!fresh) continue;
        return { kind: 'moved', checkpoint: at ?? { incarnation: from.incarnation, position: 0, eventId: '' } };
      }
      const { known, unknown } = standing.known.split(prepared.toLoad);
      const { mark, rows: loaded } = isNothing(unknown)
        ? { mark: standing.mark, rows: {} }
        : await loadRows(this.pool, this.projection, this.generation, unknown);
      if (mark === standing.mark) {
        const rows = together(known, loaded);
        const folded = foldBatch(this.projection, prepared, rows, standing.parkedKeys.of(log));
        const last = events.at(-1)!;
        const checkpoint = { incarnation: last.incarnation, position: last.position, eventId: last.eventId };
        const write: Write = {
          projection: this.projection,
          generation: this.generation,
          log,
          mark,
          nextMark: randomUUID(),
          checkpoint,
          recordedAt: last.recordedAt,
          folded,
          beside: this.options.beside?.(folded.changes, this.generation) ?? [],
        };
        if (await writeBatch(this.pool, write)) {
          standing.mark = write.nextMark;
          standing.checkpoints.set(log, checkpoint);
          standing.known.remember(prepared.toLoad, rows, folded.changes);
          standing.parkedKeys.remember(log, folded.parked);
          return { kind: 'applied', checkpoint, parked: folded.parked.map(placeOf) };
        }
      }
      this.standing = undefined;
    }
    throw new Error(
      `${this.name}: others write to this generation all the time; only one runner per generation is useful`,
    );
  }
}
