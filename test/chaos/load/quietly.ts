import { setTimeout as pause } from 'node:timers/promises';

/** A pause that ends at once when the signal is given. */
export const quietly = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
