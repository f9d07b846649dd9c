/** Which calls are worth another try, and when. */
import { ProblemError } from './problem-error.js';
import type { Verb } from './types.js';

const LONGEST_PAUSE_MS = 10_000;

/**
 * Milliseconds until the next try; undefined where another try would not help or is the caller's decision: an answer
 * that will stay, a longer pause than 10 s, or a session, which has no key that would make a repeated call the same one.
 */
export function mayRepeat(error: unknown, verb: Verb, address: string, attempt: number): number | undefined {
  if (verb !== 'get' && address.startsWith('/sessions')) return undefined;
  const backOff = 100 * 2 ** attempt * (0.5 + Math.random());
  // `fetch` throws a TypeError when nobody answered, or not to the end.
  if (!ProblemError.is(error)) return (error as Error).name === 'TypeError' ? backOff : undefined;
  if (!error.problem.retryable) return undefined;
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return asked > LONGEST_PAUSE_MS ? undefined : Math.max(asked, backOff);
}

/** Rejects with the signal's reason when it is aborted meanwhile. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((done, failed) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), failed(signal.reason as Error)), { once: true });
  });
