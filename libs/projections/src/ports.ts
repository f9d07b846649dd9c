/** What the runner needs from the outside: a feed that may lose anything, an owner who knows everything, a sink that remembers. */
import type { LogHead, LogName, StoredEvent } from '@foldline/contracts';

/** Asks the service that owns a log. Rejects while the owner cannot be reached. */
export interface LogReader {
  head(log: LogName, at?: number): Promise<LogHead>;
  /**
   * Events after a position, in order, one page; empty at the end of the log. Events of the types in `without` may be left
   * out, but for the page's first and last: those show that pages follow each other, and where the next one begins. Rejects
   * with LogBrokenError where more is missing than was left out.
   */
  read(log: LogName, after: number, limit: number, without?: readonly string[]): Promise<readonly StoredEvent[]>;
}

/** `ack()`: this message and all that the feed handed over before it are done with. A hint that saves work, never a truth. */
export type FeedMessage =
  | { readonly kind: 'event'; readonly event: StoredEvent; ack(): void }
  /** Bytes that are no event of this log: reported, then pulled from the owner. */
  | { readonly kind: 'unreadable'; readonly subject: string; readonly reason: string; ack(): void };

/** Pushes what the transport carries: may lose, repeat, reorder or corrupt. Survives outages of the transport by itself. */
export interface LogFeed {
  /** `reader` names the durable consumer, e.g. `user-orders-query_user-orders_g1`. */
  subscribe(
    log: LogName,
    reader: string,
    onMessage: (message: FeedMessage) => void,
  ): Promise<{ stop(): Promise<void> }>;
}

export interface Checkpoint {
  readonly incarnation: string;
  /** 0: nothing applied yet. */
  readonly position: number;
  /** Id of the event at `position`; empty at 0. */
  readonly eventId: string;
}

/** Consecutive events of one log: positions `from.position + 1` to `from.position + events.length`. Upcast by the sink. */
export interface Batch {
  readonly log: LogName;
  readonly from: Checkpoint;
  /** At least one. */
  readonly events: readonly StoredEvent[];
}

/** An event that was set aside, as it may be told: nothing of its data. */
export interface ParkedPlace {
  readonly position: number;
  readonly type: string;
  readonly key: string;
  readonly reason: string;
}

export type Applied =
  /** The checkpoint may stand before the batch's end: a sink may take only the first part; the rest is given again. */
  | { readonly kind: 'applied'; readonly checkpoint: Checkpoint; readonly parked: readonly ParkedPlace[] }
  /** Someone else moved the checkpoint: nothing was written; go on from here. */
  | { readonly kind: 'moved'; readonly checkpoint: Checkpoint };

/** Where a runner's events go. A projection's tables, or a process step's appends. */
export interface Sink {
  readonly name: string;
  readonly logs: readonly LogName[];
  /** Most events it wants in one batch; the runner's own limit where absent. */
  readonly maxBatch?: number;
  /** What to do when a log is no longer the one its checkpoint was made in. */
  readonly wayOut: string;
  /** What to do about events that it parked. */
  readonly wayOutOfParked: string;
  checkpoint(log: LogName): Promise<Checkpoint | undefined>;
  /**
   * Effects and checkpoint move together, or not at all. Parks what cannot be applied; rejects only for what may pass
   * later, or with SinkHaltedError for what never will.
   */
  apply(batch: Batch): Promise<Applied>;
  /** A durable note of what was refused, refilled or halted; the same kind and reason are counted together. */
  note?(note: RunnerNote): Promise<void>;
}

export interface RunnerNote {
  readonly kind: 'refused' | 'refilled' | 'halted';
  readonly log: LogName;
  /** The last position it was about; 0 if unknown. */
  readonly position: number;
  /** From a closed set: no positions, ids or contents in it, so that notes can be counted by reason. */
  readonly reason: string;
  /** How many events or messages since the note before. */
  readonly count: number;
}

/** The sink can never go on as it is, e.g. because its generation was dropped. */
export class SinkHaltedError extends Error {
  override readonly name = 'SinkHaltedError';
}
