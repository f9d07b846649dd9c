/** Waiting for what happens by itself, without guessing how long it takes. */
import { setTimeout as pause } from 'node:timers/promises';

/** Tries until it neither throws nor rejects, and gives what it gave; after `timeout` ms the last failure is thrown. */
export async function eventually<T>(attempt: () => T | Promise<T>, { timeout = 10_000, every = 20 } = {}): Promise<T> {
  for (const end = Date.now() + timeout; ; await pause(every)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= end) throw error;
    }
  }
}
