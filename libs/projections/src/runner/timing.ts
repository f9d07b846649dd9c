/** Waiting that can be woken, and retries that wait longer each time: nothing here polls. */

/** One waiter, any number of wakers; a wake before the wait is not lost. */
export class Signal {
  private woken = false;
  private release?: () => void;

  wake(): void {
    this.woken = true;
    this.release?.();
  }

  /** Resolves at the next wake, or after `ms`; true if it was woken. */
  async wait(ms?: number): Promise<boolean> {
    if (!this.woken)
      await new Promise<void>(resolve => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        this.release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.release = undefined;
    const { woken } = this;
    this.woken = false;
    return woken;
  }
}

/** A pause that `stop` cuts short. */
export const pause = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (stop.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });

/** Doubling pauses with jitter (the half up to the whole), so that many who wait do not come back as one. */
export class Backoff {
  private tries = 0;
  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly stop: AbortSignal,
  ) {}

  reset(): void {
    this.tries = 0;
  }

  /** The next pause, in milliseconds. */
  next(): number {
    const ms = Math.min(this.maxMs, this.minMs * 2 ** Math.min(this.tries++, 20));
    return ms / 2 + (Math.random() * ms) / 2;
  }

  pause(): Promise<void> {
    return pause(this.next(), this.stop);
  }
}

/** Rejects when an answer takes too long; a late answer is ignored. */
export async function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} gave no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
