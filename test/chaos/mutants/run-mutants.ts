/** Runs every mutant and demands that the checker catches it, and that it finds nothing where nothing was changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from '../checks/evidence';
import { chosen, UsageError, type Options } from '../options';
import { failedOf, table, writeReport } from '../report';
import { runOnce } from '../run';
import type { ChaosStack } from '../stack/chaos-stack';
import { withPreparedDatabases } from '../stack/databases';
import type { Mutant } from './mutant';
import { MUTANTS } from './mutants';
import { alterLogs, withMutant } from './mutated-sources';

interface Verdict {
  readonly name: string;
  readonly defect: string;
  readonly caught: boolean;
  /** Invariants that failed. */
  readonly failed: readonly string[];
  readonly example: string;
  readonly seconds: number;
}

/** Enough for what shows by itself; a fault takes the time that it takes. */
const SECONDS = 6;
/** Readers look at the head of a log every five seconds: what is not read by then is not read by itself. */
const REST_MS = 15_000;
const CONTROL = 'control';
/** A few clients a mutant, so that several of them find room on one machine. */
const LOAD = { rate: 50, clients: 12, leastCalls: 300 };

/** Nothing is wrong in it, and it goes through what they go through: what is found here is the checker's or the shop's own fault. */
const controlOf = (mutants: readonly Mutant[]): Mutant => ({
  name: CONTROL,
  defect: 'none: everything that a mutant goes through must leave the shop whole',
  edits: [],
  builds: [],
  rows: [...new Set(mutants.map(({ rows }) => rows).filter(rows => rows !== 'none'))].join(',') || 'none',
  caughtBy: [],
});

interface Try extends Omit<Verdict, 'caught'> {
  /** Of those that failed, the ones that tell of this very defect. */
  readonly telling: readonly string[];
}

async function tryMutant(mutant: Mutant, options: Options, say: (line: string) => void): Promise<Try> {
  const began = performance.now();
  const { name, defect, caughtBy, rows, faults, mix, seconds = SECONDS } = mutant;
  const judgements = await withMutant(mutant, options.dist, async dist => {
    const out = join(options.out, name);
    mkdirSync(out, { recursive: true });
    const databases = { ...options.databases, alter: (stack: ChaosStack) => alterLogs(mutant, stack) };
    const own = {
      ...options,
      ...LOAD,
      ...(faults ? { faults, scenarios: [] } : chosen(rows, options.readStore)),
      dist,
      out,
      minutes: seconds / 60,
      restMs: REST_MS,
      databases,
    };
    const found: Judgement[] = [];
    // A scenario has a shop of its own and needs no other.
    if (own.faults.length > 0 || own.scenarios.length === 0) {
      const run = await runOnce({ ...own, ...(mix && { mix }) }, () => undefined);
      writeReport(run);
      found.push(...run.judgements);
    }
    for (const scenario of own.scenarios) found.push(await scenario.play({ ...own, say: () => undefined }));
    return found;
  });
  const all = failedOf(judgements);
  const telling = judgements.filter(({ id, violations }) => violations.length > 0 && caughtBy.includes(id));
  const example = (telling[0] ?? judgements.find(({ id }) => id === all[0]))?.violations[0] ?? '';
  const took = Math.round((performance.now() - began) / 1000);
  say(`${name}: ${all.length > 0 ? `${all.join(', ')}: ${example.slice(0, 160)}` : 'everything holds'} (${took} s)`);
  return {
    name,
    defect,
    telling: telling.map(({ id }) => id),
    failed: all,
    example: example.slice(0, 300),
    seconds: took,
  };
}

/** Where chance had its hand in it, another seed tells; a hole in the checker stays one. */
async function verdictOf(mutant: Mutant, options: Options, say: (line: string) => void): Promise<Verdict> {
  const isRight = ({ telling, failed }: Try): boolean =>
    mutant.name === CONTROL ? failed.length === 0 : telling.length > 0;
  // A run that came to no end proves nothing, and does not end the others.
  const attempt = (own: Options): Promise<Try> =>
    tryMutant(mutant, own, say).catch((error: unknown) => {
      say(`${mutant.name} could not be run: ${(error as Error).message}`);
      const { name, defect } = mutant;
      return { name, defect, telling: [], failed: ['could not be run'], example: String(error), seconds: 0 };
    });
  let tried = await attempt(options);
  if (!isRight(tried) && mutant.name !== CONTROL) tried = await attempt({ ...options, seed: options.seed + 1 });
  const { telling, ...rest } = tried;
  return { ...rest, caught: isRight(tried) };
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

/** Exit code: 0 when every mutant was caught and the control is clean. `only`: names, separated by commas. */
export async function runMutants(
  options: Options,
  only: string | undefined,
  say: (line: string) => void,
): Promise<number> {
  const names = only?.split(',');
  const unknown = names?.find(name => !MUTANTS.some(mutant => mutant.name === name));
  if (unknown)
    throw new UsageError(`there is no mutant ${unknown}; there are ${MUTANTS.map(({ name }) => name).join(', ')}`);
  const mutants = MUTANTS.filter(({ name }) => !names || names.includes(name));
  const wanted = [controlOf(mutants), ...mutants];
  const began = performance.now();
  const verdicts = await withPreparedDatabases(options.dist, prepared =>
    inParallel(wanted, options.jobs, mutant => verdictOf(mutant, { ...options, databases: { prepared } }, say)),
  );
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, 'mutants.json'), JSON.stringify({ seed: options.seed, verdicts }, null, 2));
  const wrong = verdicts.filter(({ caught }) => !caught);
  const fate = ({ name, caught }: Verdict): string =>
    name === CONTROL ? (caught ? 'clean' : 'NOT CLEAN') : caught ? 'caught' : 'LIVES';
  process.stdout.write(
    `\n${table(
      ['mutant', 'fate', 'what failed', 'seconds', 'defect'],
      verdicts.map(verdict => [
        verdict.name,
        fate(verdict),
        verdict.failed.join(' ') || 'nothing',
        verdict.seconds,
        verdict.defect,
      ]),
    )}\n\n${wrong.length === 0 ? 'Every mutant was caught, and the control is clean' : `WRONG: ${wrong.map(({ name }) => name).join(', ')}`}: ${verdicts.length - 1} mutants in ${Math.round((performance.now() - began) / 1000)} s (seed ${options.seed}).\n`,
  );
  return wrong.length === 0 ? 0 : 1;
}
