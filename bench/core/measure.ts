/** Closed-loop load: so many callers, each asking again as soon as it was answered. */

export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Runs `work` by `callers` at once for `milliseconds`; latencies in milliseconds. */
export async function measure(
  callers: number,
  milliseconds: number,
  work: (caller: number) => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + milliseconds;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let now = performance.now(); now < until;) {
        await work(caller);
        const then = now;
        now = performance.now();
        latencies.push(now - then);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
