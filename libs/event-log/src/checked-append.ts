/** Everything that can be wrong with an append by itself, found before it joins others in a statement. */
import {
  checkEventData,
  encodeCloudEvent,
  InvalidEventError,
  isUuid,
  newestSchemaVersion,
  type EventMetadata,
  type LogName,
} from '@foldline/contracts';
import { eventIdOf } from './event-ids';
import { EventTooLargeError, type Append } from './event-log.port';
import { inKeyOrder } from './key-order';

export interface CheckedEvent {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly eventId: string;
  /** JSON text, its keys in the order in which they are stored. */
  readonly data: string;
  /** JSON text of EventMetadata. */
  readonly metadata: string;
  /** Of the event on the wire, at most. */
  readonly bytes: number;
}

export interface CheckedAppend {
  readonly append: Append;
  readonly events: readonly CheckedEvent[];
  /** Whether the command's answer is stored: when somebody may ask for it again, or when no event id would tell of it. */
  readonly keepsCommand: boolean;
  /** What two appends of one call must not both be about. */
  readonly keys: readonly string[];
}

const STREAM = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/;
/** The wire form of an event without its stream, type, metadata and data, at the longest position. */
const ENVELOPE_BYTES = Buffer.byteLength(
  encodeCloudEvent({
    log: 'products',
    incarnation: '00000000-0000-0000-0000-000000000000',
    position: Number.MAX_SAFE_INTEGER,
    previousId: '00000000-0000-0000-0000-000000000000',
    eventId: '00000000-0000-0000-0000-000000000000',
    stream: '',
    version: 1_000_000_000,
    type: '',
    schemaVersion: 1_000,
    data: {},
    metadata: {} as EventMetadata,
    recordedAt: '2026-01-01T00:00:00.000Z',
  }),
);

/** JSON text that PostgreSQL takes: U+0000 and lone surrogates, which JSON.stringify escapes, are refused there. */
export function jsonText(value: unknown, what: string): string {
  const text = JSON.stringify(value);
  if (text.includes('\\u') && /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(text))
    throw new InvalidEventError(`${what} holds a character that cannot be stored (U+0000 or half of a surrogate pair)`);
  return text;
}

function checkShape({ writes, command, claims = [], releases = [], checkpoint }: Append): void {
  if (!isUuid(command.id) || !(command.alsoStoredAs ?? []).every(isUuid)) throw new TypeError('a command id is a UUID');
  if (new Set(writes.map(write => write.stream)).size < writes.length)
    throw new TypeError('an append writes a stream once: put its events into one write');
  for (const { stream, expectedVersion, events } of writes) {
    if (!STREAM.test(stream)) throw new TypeError('a stream is named by up to 200 letters, digits and _ . : -');
    if (!Number.isInteger(expectedVersion) || expectedVersion < 0)
      throw new TypeError('an expected version is 0 or more');
    if (events.length === 0) throw new TypeError('a write has at least one event');
  }
  if (checkpoint && checkpoint.to < checkpoint.from) throw new TypeError('a checkpoint does not move back');
  if (claims.length > 0 || releases.length > 0 || checkpoint)
    jsonText([claims, releases, checkpoint?.step], 'a claim or step');
}

/** Throws InvalidEventError, EventTooLargeError, or TypeError for what the caller should never send. */
export function checkAppend(log: LogName, append: Append, maxEventBytes: number): CheckedAppend {
  checkShape(append);
  const { command, writes, claims = [], releases = [], checkpoint } = append;
  const events: CheckedEvent[] = [];
  for (const { stream, expectedVersion, events: news } of writes) {
    for (const [i, { type, data: eventData, metadata: own }] of news.entries()) {
      const schemaVersion = newestSchemaVersion(log, type);
      checkEventData(log, type, schemaVersion, eventData);
      const data = jsonText(inKeyOrder(eventData), type);
      const metadata = jsonText(
        { ...append.metadata, ...own, commandId: command.id } satisfies EventMetadata,
        'metadata',
      );
      const bytes =
        ENVELOPE_BYTES + stream.length + type.length + Buffer.byteLength(metadata) + Buffer.byteLength(data);
      if (bytes > maxEventBytes) throw new EventTooLargeError(bytes, maxEventBytes);
      const version = expectedVersion + i + 1;
      const eventId = eventIdOf(command.id, events.length);
      events.push({ stream, version, type, schemaVersion, eventId, data, metadata, bytes });
    }
  }
  const asked = command.requestHash !== undefined || command.result !== undefined;
  return {
    append,
    events,
    keepsCommand: asked || (events.length === 0 && !checkpoint),
    keys: [
      ...[command.id, ...(command.alsoStoredAs ?? [])].map(id => `command ${id}`),
      ...writes.map(write => `stream ${write.stream}`),
      ...[...claims, ...releases].map(({ scope, value }) => `claim ${scope} ${value}`),
      ...(checkpoint ? [`step ${checkpoint.step} ${checkpoint.log}`] : []),
    ],
  };
}
