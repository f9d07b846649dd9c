/** Sides measured in turns, so that whatever else the machine does meets all of them alike. */
import { median, type Measured } from './measure';
import type { Progress } from './progress';
import { figure } from './table';

export interface Side<M extends Measured = Measured> {
  readonly name: string;
  run(milliseconds: number): Promise<M>;
}

export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

export const plannedMs = (sides: number, { rounds, roundMs, warmUpMs }: Rounds): number =>
  sides * (warmUpMs + rounds * roundMs);

/** All rounds of each side, by its name. */
export async function inTurns<M extends Measured>(
  what: string,
  sides: readonly Side<M>[],
  { rounds, roundMs, warmUpMs }: Rounds,
  progress: Progress,
): Promise<Map<string, M[]>> {
  const measured = new Map<string, M[]>(sides.map(({ name }) => [name, []]));
  if (warmUpMs > 0)
    for (const side of sides) {
      progress.step(`${what}: warming up ${side.name}`, warmUpMs);
      await side.run(warmUpMs);
    }
  for (let round = 1; round <= rounds; round += 1)
    for (const side of sides) {
      progress.step(`${what}: round ${round} of ${rounds}, ${side.name}`, roundMs);
      measured.get(side.name)!.push(await side.run(roundMs));
    }
  return measured;
}

/** Medians of the rounds; `spread` is half the way from the slowest to the fastest round, as a share of the median. */
export interface Summary {
  readonly perSecond: number;
  readonly spread: number;
  readonly p50: number;
  readonly p99: number;
}

export function summary(rounds: readonly Measured[]): Summary {
  const rates = rounds.map(({ perSecond }) => perSecond);
  const perSecond = median(rates);
  return {
    perSecond: Math.round(perSecond),
    spread: perSecond === 0 ? 0 : (Math.max(...rates) - Math.min(...rates)) / 2 / perSecond,
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
  };
}

/** `12,345 ±3 %`. */
export const rateCell = ({ perSecond, spread }: Summary): string =>
  perSecond === 0 ? '0' : `${figure(perSecond)} ±${Math.round(100 * spread)} %`;
