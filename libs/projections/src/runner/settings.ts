/** What can be tuned about a runner, with the values that were measured to do well. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { ParkedPlace, RunnerNote } from '../ports';

export interface RunnerSettings {
  /** Name of the durable consumer at the feed; the sink's name where absent. */
  readonly reader?: string;
  /** How often the checkpoint is compared with the log's head; at most 5,000. A lost tail makes no hole, so only this finds it. */
  readonly headEveryMs: number;
  /** How long a hole may fill by itself before the owner is asked: a transport reorders within milliseconds. */
  readonly patienceMs: number;
  readonly maxBatch: number;
  /** Events held per log, applied or not; bounds memory. */
  readonly held: number;
  /** Events asked of the owner at once. */
  readonly pageSize: number;
  readonly ownerTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Told of every note, for log lines. */
  readonly onNote: (note: RunnerNote) => void;
  /** Told of every batch once it is committed, for traces and log lines. */
  readonly onApplied: (batch: AppliedBatch) => void;
}

/** Times are epoch milliseconds. */
export interface AppliedBatch {
  readonly log: LogName;
  /** Those that were parked included. */
  readonly events: readonly StoredEvent[];
  readonly parked: readonly ParkedPlace[];
  readonly startedAt: number;
  readonly endedAt: number;
}

export const DEFAULT_SETTINGS: RunnerSettings = {
  headEveryMs: 3000,
  patienceMs: 50,
  maxBatch: 2000,
  held: 8000,
  pageSize: 2000,
  ownerTimeoutMs: 10_000,
  retryMinMs: 50,
  retryMaxMs: 5000,
  onNote: () => {},
  onApplied: () => {},
};

export function checkSettings(given: Partial<RunnerSettings>): RunnerSettings {
  const settings = { ...DEFAULT_SETTINGS, ...given };
  if (!(settings.headEveryMs > 0 && settings.headEveryMs <= 5000))
    throw new RangeError('headEveryMs must be more than 0 and at most 5,000: a lost tail is only found by this check');
  if (!(settings.maxBatch >= 1 && settings.held >= settings.maxBatch && settings.pageSize >= 1))
    throw new RangeError('maxBatch and pageSize must be at least 1, and held at least maxBatch');
  return settings;
}
