/** Finds generations by what they are rather than by number. */
import type { Generation, ReplayableStores } from '@foldline/projections';
import { UsageError } from '../../exit-codes';
import { nameOf, type Target } from '../targets';

export async function serving(stores: ReplayableStores, target: Target): Promise<number> {
  const found = (await stores.generations(nameOf(target))).find(one => one.serving);
  if (found) return found.generation;
  throw new UsageError(`${nameOf(target)} has no generation yet: start ${target.keptBy} first.`);
}

export function existing(target: Target, generations: readonly Generation[], named: number): number {
  if (generations.some(({ generation }) => generation === named)) return named;
  throw new UsageError(`${nameOf(target)} has no generation ${named}: "status" lists what there is.`);
}

/** The one that was named, or the only one that fits. */
export function choose(
  target: Target,
  generations: readonly Generation[],
  named: number | undefined,
  fits: (one: Generation) => boolean,
  toDo: string,
): number {
  if (named !== undefined) return existing(target, generations, named);
  const fitting = generations.filter(fits);
  if (fitting.length === 1) return fitting[0]!.generation;
  throw new UsageError(
    fitting.length === 0
      ? `${nameOf(target)} has no generation to ${toDo}: "status" lists what there is.`
      : `${nameOf(target)} has several: say which one to ${toDo} (${fitting.map(one => one.generation).join(', ')}).`,
  );
}
