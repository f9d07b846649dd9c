/** What a store of read models must do; PostgreSQL and memory pass one contract suite, and whatever comes later must too. */
import type { StoredEvent } from '@foldline/contracts';
import type { RowChange } from '../fold/working-rows';
import type { RunnerNote, Sink } from '../ports';
import type { Projection, Row } from '../projection';

export interface StoredParkedEvent {
  readonly log: StoredEvent['log'];
  readonly position: number;
  readonly key: string;
  readonly reason: string;
  /** As the log stores it: to be upcast again when it is redriven. */
  readonly event: StoredEvent;
  readonly parkedAt: string;
}

export interface StoredNote extends RunnerNote {
  readonly firstAt: string;
  readonly lastAt: string;
}

/** building: not level yet, never served; ready: may serve. */
export type GenerationState = 'building' | 'ready';

export interface Generation {
  readonly projection: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly serving: boolean;
  /** Of the code and tables it was made by. */
  readonly fingerprint: string;
  /** Which partition it keeps, as `1/2`; null: the whole. */
  readonly partition: string | null;
  readonly madeAt: string;
  /** The one that a rollback goes back to. */
  readonly previous: boolean;
  /** When it is dropped by itself (RFC 3339); null: only by hand. */
  readonly keepUntil: string | null;
}

/** One generation of one projection: its rows, checkpoints, parked events and notes. */
export interface ProjectionStore extends Sink {
  readonly projection: Projection;
  readonly generation: number;
  /** True when it was made by other code or tables than this build's: rebuild it. */
  readonly stale: boolean;
  note(note: RunnerNote): Promise<void>;
  /** In order of log and position. */
  parked(): Promise<readonly StoredParkedEvent[]>;
  notes(): Promise<readonly StoredNote[]>;
  /** All rows of a table by its name, in chunks, ordered by key. */
  rows(table: string): AsyncIterable<readonly Row[]>;
}

export interface ProjectionStores {
  /** Makes what is missing of the store's own tables; once, at start. Repeating it changes nothing. */
  prepare(): Promise<void>;
  /** The generation that serves; the first time it makes generation 1. */
  openServing(projection: Projection): Promise<ProjectionStore>;
  /** An existing generation, or a new one in state `building`. */
  open(projection: Projection, generation: number): Promise<ProjectionStore>;
  /** By number; empty for a projection that was never opened. */
  generations(projection: string): Promise<readonly Generation[]>;
}

/** Rows that one commit changed, by table name: for what is kept beside the rows in the same commit. */
export type TouchedRows = Readonly<Record<string, readonly RowChange[]>>;

export const parkedWayOutOf = (projection: string): string =>
  `Mend the cause, then: npm run -s replay -- redrive <key> --projection ${projection}`;

export const wayOutOf = (projection: string): string =>
  `If the log is right as it is now, build ${projection} anew from it: npm run -s replay -- rebuild ${projection} --switch`;
