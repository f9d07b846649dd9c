/** Runs every mutant and demands that the checker catches it, and that it finds nothing where nothing was changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError, type Options } from '../options';
import { table } from '../report';
import { READ_STORES, type ReadStoreName } from '../stack/chaos-stack';
import { withPreparedDatabases } from '../stack/databases';
import type { Mutant } from './mutant';
import { MUTANTS } from './mutants';
import { withMutants } from './mutated-sources';
import { trialsOf, tryOut, type Trial, type Tried } from './trial';

interface Verdict extends Tried {
  readonly name: string;
  readonly defect: string;
  readonly fate: string;
}

/** What one seed does not bring about, another may. */
const MOST_SEEDS = 3;

/** Where chance had its hand in it, another seed tells; a hole in the checker stays one. */
async function verdictOf(trial: Trial, options: Options, say: (line: string) => void): Promise<Verdict> {
  const { name, defect, isControl } = trial;
  // A run that came to no end proves nothing, and does not end the others.
  const attempt = (own: Options): Promise<Tried> =>
    tryOut(trial, own, say).catch((error: unknown) => {
      say(`${name} could not be run: ${(error as Error).message}`);
      return { right: false, failed: ['could not be run'], example: String(error), seconds: 0 };
    });
  for (let seed = options.seed; ; seed += 1) {
    const tried = await attempt({ ...options, seed });
    if (isControl) return { name, defect, ...tried, fate: tried.right ? 'clean' : 'NOT CLEAN' };
    if (tried.right)
      return { name, defect, ...tried, fate: seed === options.seed ? 'caught' : `caught with seed ${seed}` };
    if (seed === options.seed + MOST_SEEDS - 1) return { name, defect, ...tried, fate: 'LIVES' };
  }
}

/** Results in the order of the items; at most `jobs` at a time. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

/** Exit code: 0 when every mutant was caught and the controls are clean. `only`: names, separated by commas. */
export async function runMutants(
  options: Options,
  only: string | undefined,
  say: (line: string) => void,
): Promise<number> {
  const names = only?.split(',');
  const unknown = names?.find(name => !MUTANTS.some(mutant => mutant.name === name));
  if (unknown)
    throw new UsageError(`there is no mutant ${unknown}; there are ${MUTANTS.map(({ name }) => name).join(', ')}`);
  const of =
    (store: ReadStoreName) =>
    ({ name, readStore = 'postgres' }: Mutant): boolean =>
      readStore === store && (names?.includes(name) ?? options.stores.includes(store));
  const trials = READ_STORES.flatMap(store => trialsOf(MUTANTS.filter(of(store)), store));
  // What takes longest begins first; and what need not be built, while the others are.
  const rank = ({ isControl, faults, scenarios }: Trial): number =>
    isControl ? 0 : faults.length + scenarios.length > 0 ? 1 : 2;
  trials.sort((a, b) => rank(a) - rank(b));
  const began = performance.now();
  mkdirSync(options.out, { recursive: true });
  // What one shop compiled is not compiled again by the next.
  process.env.NODE_COMPILE_CACHE ??= join(options.out, 'compile-cache');
  const verdicts = await withMutants(trials, options.dist, distOf =>
    withPreparedDatabases(options.dist, prepared =>
      inParallel(trials, options.jobs, async trial => {
        const dist = await distOf(trial);
        return verdictOf(trial, { ...options, dist, databases: { prepared } }, say);
      }),
    ),
  );
  writeFileSync(join(options.out, 'mutants.json'), JSON.stringify({ seed: options.seed, verdicts }, null, 2));
  const wrong = verdicts.filter(({ right }) => !right);
  process.stdout.write(
    `\n${table(
      ['mutant', 'fate', 'what failed', 'seconds', 'defect'],
      verdicts.map(({ name, fate, failed, seconds, defect }) => [
        name,
        fate,
        failed.join(' ') || 'nothing',
        seconds,
        defect,
      ]),
    )}\n\n${wrong.length === 0 ? 'Every mutant was caught, and the controls are clean' : `WRONG: ${wrong.map(({ name }) => name).join(', ')}`}: ${trials.filter(({ isControl }) => !isControl).length} mutants in ${Math.round((performance.now() - began) / 1000)} s (seed ${options.seed}).\n`,
  );
  return wrong.length === 0 ? 0 : 1;
}
