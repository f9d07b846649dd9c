/** The JetStream stream of a log: made when it is missing, by the log's owner only. */
import { jetStreamOf, subjectsOf, type LogName } from '@foldline/contracts';
import {
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { isGone } from '../codes';
import type { StreamPlace } from './store-doubt';

/** Limits are safe to be short: a reader that finds a hole asks the owner. */
export interface StreamSettings {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** How long the server recognises a message id that comes again. */
  readonly duplicateWindowMs: number;
  readonly replicas: number;
}

export const DEFAULT_STREAM: StreamSettings = {
  maxAgeMs: 7 * 86_400_000,
  maxBytes: 1_073_741_824,
  duplicateWindowMs: 120_000,
  replicas: 1,
};

export async function ensureStream(
  manager: JetStreamManager,
  log: LogName,
  settings: StreamSettings,
): Promise<StreamPlace> {
  try {
    return placeOf(await manager.streams.info(jetStreamOf(log)));
  } catch (error) {
    if (!isGone(error)) throw error;
    return placeOf(await manager.streams.add(configOf(log, settings)));
  }
}

const placeOf = ({ created, state }: StreamInfo): StreamPlace => ({ made: created, last: state.last_seq });

/** The message id of the last event that the stream holds; undefined where it holds none, or lost it. */
export async function lastMessageId(manager: JetStreamManager, log: LogName): Promise<string | undefined> {
  const { state } = await manager.streams.info(jetStreamOf(log));
  if (state.messages === 0) return undefined;
  try {
    const last = await manager.streams.getMessage(jetStreamOf(log), { seq: state.last_seq });
    return last.header.get('Nats-Msg-Id') || undefined;
  } catch (error) {
    // Its files are gone under the server, or its age has just run out.
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** For a stream that cannot store. Its readers make their consumers again by themselves. */
export async function remakeStream(manager: JetStreamManager, log: LogName, settings: StreamSettings): Promise<void> {
  await manager.streams.delete(jetStreamOf(log));
  await manager.streams.add(configOf(log, settings));
}

const configOf = (log: LogName, settings: StreamSettings): Partial<StreamConfig> & { name: string } => ({
  name: jetStreamOf(log),
  subjects: [subjectsOf(log)],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: nanos(settings.maxAgeMs),
  max_bytes: settings.maxBytes,
  duplicate_window: nanos(settings.duplicateWindowMs),
  num_replicas: settings.replicas,
});
