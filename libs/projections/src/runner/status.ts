/** What a runner tells about itself: plain numbers that an app turns into metrics, health and answers. */
import type { LogName } from '@foldline/contracts';

export type LaneState = 'running' | 'catching-up' | 'halted' | 'stopped';

export interface LaneCounters {
  /** Events whose batch was committed, parked ones included. */
  applied: number;
  /** Events that came from the owner because the feed had not brought them. */
  refilled: number;
  /** Messages that were not believed: other log or incarnation, unreadable, beyond the head, a fork. */
  refused: number;
  /** Events that came again. */
  duplicates: number;
  parked: number;
}

export interface LaneStatus extends Readonly<LaneCounters> {
  readonly log: LogName;
  readonly state: LaneState;
  /** Why it halted, or the last error while it retries. */
  readonly reason?: string;
  readonly incarnation: string | null;
  readonly position: number;
  /** Last known end of the log; null until the owner has answered once. */
  readonly head: number | null;
  /** Milliseconds since the owner last answered; null: not yet. */
  readonly headAgeMs: number | null;
  readonly lagEvents: number;
  /** How long the oldest event not yet applied has been waiting; 0 when level with the head. */
  readonly lagSeconds: number;
}

export interface RunnerStatus {
  readonly name: string;
  readonly logs: readonly LaneStatus[];
}
