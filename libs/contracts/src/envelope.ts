/** What every stored event is wrapped in, wherever it travels: log, JetStream, log.read pages, projections. */
import type { LogName } from './logs';

/** Where an event came from. Free of personal data: it reaches logs and traces. */
export interface EventMetadata {
  /** The command whose append wrote the event (uuid). */
  readonly commandId: string;
  /** One id for everything that follows from one outside request (uuid). */
  readonly correlationId: string;
  /** Event id or command id that caused this event. */
  readonly causationId: string;
  /** W3C trace context of the request that caused it. */
  readonly traceparent?: string;
  /** User who acted; absent where a process step did. */
  readonly actor?: string;
}

/** An event as its log holds it, upcast to the newest version of its type. */
export interface EventEnvelope<Event extends { type: string; data: unknown } = { type: string; data: unknown }> {
  readonly log: LogName;
  /** Identity of the log: changes when the log is restored (uuid). */
  readonly incarnation: string;
  /** 1, 2, 3 ... in commit order, without holes. */
  readonly position: number;
  readonly eventId: string;
  readonly stream: string;
  /** 1, 2, 3 ... within the stream. */
  readonly version: number;
  readonly type: Event['type'];
  readonly schemaVersion: number;
  readonly data: Event['data'];
  readonly metadata: EventMetadata;
  /** RFC 3339 UTC with milliseconds; never decreases along a log. */
  readonly recordedAt: string;
}

/** Identity and end of a log, as its owner tells it. */
export interface LogHead {
  readonly incarnation: string;
  /** Last position; 0 for an empty log. */
  readonly position: number;
  /** Time of the last event; null for an empty log. */
  readonly recordedAt: string | null;
  /** Asked with `at`: the id of the event at that position, null if there is none. */
  readonly eventIdAt?: string | null;
}
