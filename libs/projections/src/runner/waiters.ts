/** Readers who asked to see certain positions, until those are applied or their patience ends. */
import { LOGS, type Positions } from '@foldline/contracts';

export type Reached =
  | 'reached'
  | 'timeout'
  /** A position of another incarnation was asked for: waiting cannot help. */
  | 'log-replaced'
  | 'stopped';

/** Whether `now` shows at least `wanted`. */
export function compare(now: Positions, wanted: Positions): 'reached' | 'log-replaced' | 'behind' {
  let behind = false;
  for (const log of LOGS) {
    const want = wanted[log];
    if (!want || want.position === 0) continue;
    const at = now[log];
    if (at && at.incarnation !== want.incarnation) return 'log-replaced';
    behind ||= !at || at.position < want.position;
  }
  return behind ? 'behind' : 'reached';
}

export class Waiters {
  private readonly waiting = new Set<{ wanted: Positions; tell: (reached: Reached) => void }>();
  private closed = false;

  constructor(private readonly now: () => Positions) {}

  wait(wanted: Positions, { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<Reached> {
    const first = compare(this.now(), wanted);
    if (first !== 'behind') return Promise.resolve(first);
    if (this.closed) return Promise.resolve('stopped');
    if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve('timeout');
    return new Promise(resolve => {
      const giveUp = () => waiter.tell('timeout');
      const timer = setTimeout(giveUp, timeoutMs);
      const waiter = {
        wanted,
        tell: (reached: Reached) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          this.waiting.delete(waiter);
          resolve(reached);
        },
      };
      signal?.addEventListener('abort', giveUp);
      this.waiting.add(waiter);
    });
  }

  /** The positions moved. */
  look(): void {
    if (this.waiting.size === 0) return;
    const now = this.now();
    for (const waiter of this.waiting) {
      const result = compare(now, waiter.wanted);
      if (result !== 'behind') waiter.tell(result);
    }
  }

  close(): void {
    this.closed = true;
    for (const waiter of this.waiting) waiter.tell('stopped');
  }
}
