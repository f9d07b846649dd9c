/** The JetStream stream of a log: made when it is missing, by the log's owner only. */
import { jetStreamOf, subjectsOf, type LogName } from '@foldline/contracts';
import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type JetStreamManager } from 'nats';
import { isGone } from '../codes';

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

export async function ensureStream(manager: JetStreamManager, log: LogName, settings: StreamSettings): Promise<void> {
  try {
    await manager.streams.info(jetStreamOf(log));
  } catch (error) {
    if (!isGone(error)) throw error;
    await manager.streams.add({
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
  }
}
