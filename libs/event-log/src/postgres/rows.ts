/** Rows of log.events as stored events. */
import {
  encodeEventAround,
  type EncodedEvent,
  type EventMetadata,
  type LogName,
  type StoredEvent,
} from '@foldline/contracts';
import { readStored } from '../stored-events';

const columns = (data: string): string =>
  `position, stream, version, type, schema_version, event_id, ${data}, metadata, recorded_at, (select incarnation from log.log_head)`;

export const EVENT_COLUMNS = columns('data');
/** The data as text, which the driver does not parse. */
export const ENCODED_COLUMNS = columns('data::text');

export type EventRow<Data = object> = readonly [
  position: number,
  stream: string,
  version: number,
  type: string,
  schemaVersion: number,
  eventId: string,
  data: Data,
  metadata: EventMetadata,
  recordedAt: string,
  incarnation: string,
  previousId?: string | null,
];

const placeOf = (log: LogName, row: EventRow<unknown>): Omit<StoredEvent, 'data'> => ({
  log,
  incarnation: row[9],
  position: row[0],
  eventId: row[5],
  stream: row[1],
  version: row[2],
  type: row[3],
  schemaVersion: row[4],
  metadata: row[7],
  recordedAt: row[8],
  ...(row[10] !== undefined && { previousId: row[10] ?? '' }),
});

export const eventOf = (log: LogName, row: EventRow): StoredEvent => ({ ...placeOf(log, row), data: row[6] });

/** Longer data goes without the space that jsonb's text has after each colon and comma, which its size on the wire does not count. */
export const SPACIOUS = 64_000;

export function encodedEventOf(log: LogName, row: EventRow<string>): EncodedEvent {
  const data = row[6].length < SPACIOUS ? row[6] : JSON.stringify(JSON.parse(row[6]));
  return encodeEventAround(data, placeOf(log, row));
}

export const upcastEventOf = (log: LogName, row: EventRow): StoredEvent => readStored(eventOf(log, row));
