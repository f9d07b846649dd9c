/** Which keys have parked events, per log, as a store remembers them between batches. */
import type { LogName } from '@foldline/contracts';
import type { ParkedEvent } from '../fold/prepare-batch';

const NONE: ReadonlySet<string> = new Set();

export class ParkedKeys {
  private readonly byLog = new Map<LogName, Set<string>>();

  constructor(parked: Iterable<{ readonly log: LogName; readonly key: string }> = []) {
    for (const { log, key } of parked) this.add(log, key);
  }

  of(log: LogName): ReadonlySet<string> {
    return this.byLog.get(log) ?? NONE;
  }

  remember(log: LogName, parked: readonly ParkedEvent[]): void {
    for (const { key } of parked) this.add(log, key);
  }

  private add(log: LogName, key: string): void {
    const keys = this.byLog.get(log);
    if (keys) keys.add(key);
    else this.byLog.set(log, new Set([key]));
  }
}
