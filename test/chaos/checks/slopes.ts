/** How memory went over a run, process by process: what a soak is for. */
import type { Usage } from './sampler';

export interface Slope {
  readonly program: string;
  readonly firstKb: number;
  readonly lastKb: number;
  /** Least squares over the second half, when all is warm. */
  readonly kbPerMinute: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Kilobytes a minute; 0 where there are too few samples to say. */
export function slopeOf(usage: readonly Pick<Usage, 'at' | 'rssKb'>[]): number {
  if (usage.length < 3) return 0;
  const [x, y] = [mean(usage.map(({ at }) => at)), mean(usage.map(({ rssKb }) => rssKb))];
  const spread = usage.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
  const common = usage.reduce((sum, { at, rssKb }) => sum + (at - x) * (rssKb - y), 0);
  return spread === 0 ? 0 : Math.round((60 * common) / spread);
}

export function slopesOf(usage: readonly Usage[]): Slope[] {
  const programs = [...new Set(usage.map(({ program }) => program))];
  return programs.map(program => {
    const own = usage.filter(one => one.program === program);
    const [first, last] = [own[0]!, own.at(-1)!];
    const late = own.filter(({ at }) => at >= (first.at + last.at) / 2);
    return { program, firstKb: first.rssKb, lastKb: last.rssKb, kbPerMinute: slopeOf(late) };
  });
}
