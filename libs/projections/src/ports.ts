/** What the runner needs from the outside: a feed that may lose anything, an owner who knows everything, a sink that remembers. */
import type { LogHead, LogName, StoredEvent } from '@foldline/contracts';

/** Asks the service that owns a log. Rejects while the owner cannot be reached. */
export interface LogReader {
  head(log: LogName, at?: number): Promise<LogHead>;
  /** Events after a position, in order, one page; empty at the end of the log. */
  read(log: LogName, after: number, limit: number): Promise<readonly StoredEvent[]>;
}

export type FeedMessage =
  | { readonly kind: 'event'; readonly event: StoredEvent; ack(): void }
  /** Bytes that are no event of this log: reported, then pulled from the owner. `ack` lets the transport forget it. */
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
  readonly events: readonly StoredEvent[];
}

export type Applied =
  | { readonly kind: 'applied'; readonly checkpoint: Checkpoint; readonly parked: number }
  /** Someone else moved the checkpoint: nothing was written; go on from here. */
  | { readonly kind: 'moved'; readonly checkpoint: Checkpoint };

/** Where a runner's events go. A projection's tables, or a process step's appends. */
export interface Sink {
  readonly name: string;
  readonly logs: readonly LogName[];
  checkpoint(log: LogName): Promise<Checkpoint | undefined>;
  /** Effects and checkpoint move together, or not at all. Parks what cannot be applied; rejects only for what may pass later. */
  apply(batch: Batch): Promise<Applied>;
  /** A durable note of anything that was refused, refilled or halted. */
  note?(note: RunnerNote): Promise<void>;
}

export interface RunnerNote {
  readonly kind: 'refused' | 'refilled' | 'halted';
  readonly log: LogName;
  readonly position: number;
  readonly reason: string;
}
