/** What a message's bytes are: an event of the log, or nothing that can be believed. */
import {
  InvalidEventError,
  readCloudEventEnvelope,
  subjectOf,
  type LogName,
  type StoredEvent,
} from '@foldline/contracts';

export type ReadMessage = { readonly event: StoredEvent } | { readonly reason: string };

/** Never throws; `reason` holds nothing of the message. */
export function readMessage(log: LogName, subject: string, bytes: Uint8Array): ReadMessage {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return { reason: bytes.length === 0 ? 'empty' : 'not JSON' };
  }
  try {
    const event = readCloudEventEnvelope(value);
    if (event.log !== log) return { reason: 'an event of another log' };
    if (subject !== subjectOf(log, event.type)) return { reason: 'an event on the subject of another type' };
    return { event };
  } catch (error) {
    return { reason: error instanceof InvalidEventError ? error.reason : 'not an event' };
  }
}
