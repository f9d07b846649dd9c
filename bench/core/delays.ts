/** How long events waited for a reader, as the service that reads them counts it at /metrics. */

/** Of one reader: how many batches waited at most so many milliseconds, over all logs, rising. */
export type Delays = ReadonlyMap<number, number>;

const BUCKET = /^foldline_projection_delay_seconds_bucket\{(.*)\} (\d+)$/gm;
const LE = /le="([^"]+)"/;

export async function delaysOf(url: string, projection: string): Promise<Delays> {
  const delays = new Map<number, number>();
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const [, labels = '', count] of text.matchAll(BUCKET)) {
    if (!labels.includes(`reader="${projection}_g`)) continue;
    const [, le = ''] = LE.exec(labels) ?? [];
    const ms = le === '+Inf' ? Infinity : 1000 * Number(le);
    delays.set(ms, (delays.get(ms) ?? 0) + Number(count));
  }
  return new Map([...delays].sort(([a], [b]) => a - b));
}

/**
 * Milliseconds that so large a share of what was counted between two looks waited at most: spread evenly over its bucket. Both clocks
 * tell whole milliseconds, so a wait of n is one of n - 1/2 to n + 1/2.
 */
export function delayQuantile(before: Delays, after: Delays, share: number): number {
  const counts = [...after].map(([ms, count]) => [ms, count - (before.get(ms) ?? 0)] as const);
  const wanted = share * (counts.at(-1)?.[1] ?? 0);
  let [from, below] = [0, 0];
  for (const [ms, count] of counts) {
    if (count >= wanted) return from + (ms - from) * ((wanted - below) / Math.max(1, count - below)) + 0.5;
    [from, below] = [ms, count];
  }
  return NaN;
}
