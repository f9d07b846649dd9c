/** Rows of log.events as stored events. */
import { upcastEvent, type EventMetadata, type LogName, type StoredEvent } from '@foldline/contracts';

export const EVENT_COLUMNS =
  'position, stream, version, type, schema_version, event_id, data, metadata, recorded_at, (select incarnation from log.log_head)';

export type EventRow = readonly [
  position: number,
  stream: string,
  version: number,
  type: string,
  schemaVersion: number,
  eventId: string,
  data: object,
  metadata: EventMetadata,
  recordedAt: string,
  incarnation: string,
  previousId?: string | null,
];

export const eventOf = (log: LogName, row: EventRow): StoredEvent => ({
  log,
  incarnation: row[9],
  position: row[0],
  eventId: row[5],
  stream: row[1],
  version: row[2],
  type: row[3],
  schemaVersion: row[4],
  data: row[6],
  metadata: row[7],
  recordedAt: row[8],
  ...(row[10] !== undefined && { previousId: row[10] ?? '' }),
});

export const upcastEventOf = (log: LogName, row: EventRow): StoredEvent => upcastEvent(eventOf(log, row));
