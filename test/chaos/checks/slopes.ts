/** How memory, handles, connections and unacknowledged messages went over a run: what a soak is for. */
import type { Measure, Usage } from './sampler';

export interface Slope {
  readonly of: string;
  readonly measure: Measure;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** Least squares over the second half, when all is warm. */
  readonly perMinute: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A minute, to a tenth; 0 where there are too few samples to say. */
export function slopeOf(usage: readonly Pick<Usage, 'at' | 'value'>[]): number {
  if (usage.length < 3) return 0;
  const [x, y] = [mean(usage.map(({ at }) => at)), mean(usage.map(({ value }) => value))];
  const spread = usage.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
  const common = usage.reduce((sum, { at, value }) => sum + (at - x) * (value - y), 0);
  return spread === 0 ? 0 : Math.round((600 * common) / spread) / 10;
}

export function slopesOf(usage: readonly Usage[]): Slope[] {
  const nameOf = ({ measure, of }: Usage): string => `${measure} ${of}`;
  return [...new Set(usage.map(nameOf))].map(name => {
    const own = usage.filter(one => nameOf(one) === name);
    const [first, last] = [own[0]!, own.at(-1)!];
    const late = own.filter(({ at }) => at >= (first.at + last.at) / 2);
    const most = Math.max(...own.map(({ value }) => value));
    const { of, measure } = first;
    return { of, measure, first: first.value, last: last.value, most, perMinute: slopeOf(late) };
  });
}
