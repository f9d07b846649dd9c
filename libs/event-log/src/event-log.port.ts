/** What a service may ask of its event log; the PostgreSQL and the in-memory adapter pass one contract suite. */
import type { EncodedEvent, EventMetadata, LogHead, LogName, LogPosition, StoredEvent } from '@foldline/contracts';

/** An event to be written; its id, version and position come from the append. */
export interface NewEvent {
  readonly type: string;
  readonly data: object;
  /** Goes over the append's metadata: a process step writes for many triggers in one append, and each event has its own cause. */
  readonly metadata?: Partial<Omit<EventMetadata, 'commandId'>>;
}

export interface StreamWrite {
  readonly stream: string;
  /** 0: the stream must not exist yet; n: its last version must be n. There is no "any". */
  readonly expectedVersion: number;
  /** At least one. */
  readonly events: readonly NewEvent[];
}

/** A unique value held by a stream, e.g. a normalised e-mail address (hashed: values are keys and hold no personal data). */
export interface Claim {
  readonly scope: string;
  readonly value: string;
  readonly stream: string;
}

/** The idempotency of a command, kept in the same statement as its events. */
export interface CommandRecord {
  /** Events get their ids from it, so a repeat can never write a second copy. */
  readonly id: string;
  /** Ids under which the same key may have been stored before (see docs/decisions on keys and days). */
  readonly alsoStoredAs?: readonly string[];
  /** Hash of what was asked; another hash under the same id is a misuse of the key. */
  readonly requestHash?: string;
  /** The answer to give again; JSON. */
  readonly result?: unknown;
}

/** Where a process step stands in the log it reads; moves in the same statement as what the step wrote. */
export interface StepCheckpoint {
  readonly step: string;
  readonly log: LogName;
  readonly incarnation: string;
  /** Compare-and-set: the append is refused unless the stored position is this one (0: none stored yet). */
  readonly from: number;
  readonly to: number;
  /** Event id at `to`. */
  readonly eventId: string;
  /** Events set aside with this batch, in order. */
  readonly parked?: readonly ParkedTrigger[];
}

export interface ParkedTrigger {
  readonly position: number;
  readonly key: string;
  readonly reason: string;
  /** CloudEvent JSON of the event. */
  readonly event: string;
}

/** All of it or nothing. Appends of one call do not affect each other. */
export interface Append {
  readonly writes: readonly StreamWrite[];
  readonly command: CommandRecord;
  readonly metadata: Omit<EventMetadata, 'commandId'>;
  readonly claims?: readonly Claim[];
  /** Claims given up. */
  readonly releases?: readonly Claim[];
  readonly checkpoint?: StepCheckpoint;
}

export type AppendResult =
  /** Positions run from `position - n + 1` to `position` for n events; for an append without events, `position` is the head. */
  | { readonly kind: 'appended'; readonly incarnation: string; readonly position: number; readonly recordedAt: string }
  /** The command id was stored before: nothing was written; `result` and `position` are what was stored then. */
  | {
      readonly kind: 'duplicate';
      readonly incarnation: string;
      readonly position: number;
      readonly sameRequest: boolean;
      readonly result: unknown;
    }
  | { readonly kind: 'conflict'; readonly stream: string; readonly actual: number }
  | { readonly kind: 'claim-taken'; readonly scope: string }
  | { readonly kind: 'checkpoint-moved'; readonly actual: number };

export interface StoredCommand {
  readonly result: unknown;
  readonly requestHash: string | null;
  readonly position: number;
  readonly incarnation: string;
}

/** What the log knows of a stream since a version; with a snapshot where one of the asked fingerprint is newer than it. */
export interface StreamTail {
  readonly stream: string;
  /** `at`: where the event of that version stands. */
  readonly snapshot?: { readonly version: number; readonly state: unknown; readonly at: LogPosition };
  readonly events: readonly StoredEvent[];
  /** The tail was cut after many events: load again after the last one. */
  readonly more: boolean;
}

export interface StreamSnapshot {
  readonly stream: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly state: unknown;
}

export interface StepState {
  readonly incarnation: string;
  readonly position: number;
  readonly eventId: string;
}

export interface JoinedPage {
  /** Texts of some of its events each, with commas between them. */
  readonly pieces: readonly string[];
  /** Events of the types that were not wanted; the first and the last event of a page are always in it. */
  readonly leftOut: number;
}

export interface EventLog {
  readonly log: LogName;
  /**
   * Durable when it resolves. Concurrent calls are gathered into one statement. Never repeated blindly: after a lost
   * connection the outcome is looked up by command id. Rejects with EventTooLargeError, InvalidEventError, or
   * LogUnavailableError (nothing is known to be written; the same command id may be sent again).
   */
  append(append: Append): Promise<AppendResult>;
  /** Many streams in one round trip; concurrent calls are gathered. Events are upcast, in version order, after `after`. */
  load(stream: string, after: number, fingerprint?: string): Promise<StreamTail>;
  saveSnapshots(snapshots: readonly StreamSnapshot[]): Promise<void>;
  /** Events after a position, in order, at most `limit` and about `maxBytes` of data (always at least one if there is one). Not upcast: as stored; each with the id of the event before it. */
  read(after: number, limit: number, maxBytes?: number): Promise<readonly StoredEvent[]>;
  /** What `read` gives, as it travels: for who passes events on without looking into them. */
  readEncoded(after: number, limit: number, maxBytes?: number): Promise<readonly EncodedEvent[]>;
  /** The same page put together, without what is inside it of certain types. */
  readJoined(after: number, limit: number, maxBytes?: number, without?: readonly string[]): Promise<JoinedPage>;
  /**
   * What `readEncoded` would give, as far as this process appended it itself and holds it still; empty where it must be
   * read. Others may have appended more.
   */
  recentlyAppended(after: number, limit: number, maxBytes?: number): readonly EncodedEvent[];
  /** With `at`: also the id of the event at that position. */
  head(at?: number): Promise<LogHead>;
  findCommand(ids: readonly string[]): Promise<StoredCommand | undefined>;
  /** The stream that holds a claim, if any. */
  findClaim(scope: string, value: string): Promise<string | undefined>;
  stepState(step: string, log: LogName): Promise<StepState | undefined>;
  parkedTriggers(
    step: string,
  ): Promise<readonly (ParkedTrigger & { readonly log: LogName; readonly parkedAt: string })[]>;
  /** Called in process after every append that wrote events; returns how to stop being called. */
  onAppended(listener: (head: number) => void): () => void;
  close(): Promise<void>;
}

/** An event is larger than the transport can carry: refused at the command, so that the relay can never stall on it. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `the event would take ${bytes} bytes on the wire; at most ${limit} are carried. Send less data in one command.`,
    );
  }
}

/** The log cannot be reached, or did not answer in time. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}
