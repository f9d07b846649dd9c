/** Runs every mutant and demands that the checker catches it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chosen, UsageError, type Options } from '../options';
import { failed, table, writeReport } from '../report';
import { runOnce } from '../run';
import { MUTANTS, type Mutant } from './mutants';
import { withMutant } from './mutated-sources';

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
const MINUTES = 0.5;
const REST_MS = 32_000;
/** A few clients a mutant, so that several of them find room on one machine. */
const LOAD = { rate: 40, clients: 12 };

async function tryMutant(mutant: Mutant, options: Options, say: (line: string) => void): Promise<Verdict> {
  const began = performance.now();
  const { name, defect, caughtBy, faults, minutes = MINUTES } = mutant;
  say(`mutant ${name}: ${defect}`);
  const outcome = await withMutant(mutant, options.dist, async dist => {
    const out = join(options.out, name);
    const own = {
      ...options,
      ...(options.jobs > 1 && LOAD),
      ...chosen(faults, options.readStore),
      dist,
      out,
      minutes,
      restMs: REST_MS,
    };
    const run = await runOnce(own, () => undefined);
    const judgements = [...run.judgements];
    for (const scenario of own.scenarios) judgements.push(await scenario.play({ ...own, say: () => undefined }));
    const whole = { ...run, judgements };
    writeReport(whole);
    return whole;
  });
  const all = failed(outcome);
  const caught = all.filter(id => caughtBy.includes(id));
  const example = outcome.judgements.find(({ id }) => caught.includes(id))?.violations[0] ?? '';
  const seconds = Math.round((performance.now() - began) / 1000);
  say(
    `mutant ${name}: ${caught.length > 0 ? `caught by ${caught.join(', ')}` : `LIVES (${all.join(', ') || 'everything holds'})`}`,
  );
  return { name, defect, caught: caught.length > 0, failed: all, example: example.slice(0, 300), seconds };
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

/** Exit code: 0 when every mutant was caught. `only`: names, separated by commas. */
export async function runMutants(
  options: Options,
  only: string | undefined,
  say: (line: string) => void,
): Promise<number> {
  const names = only?.split(',');
  const unknown = names?.find(name => !MUTANTS.some(mutant => mutant.name === name));
  if (unknown)
    throw new UsageError(`there is no mutant ${unknown}; there are ${MUTANTS.map(({ name }) => name).join(', ')}`);
  const wanted = MUTANTS.filter(({ name }) => !names || names.includes(name));
  const verdicts = await inParallel(wanted, options.jobs, async mutant => {
    const first = await tryMutant(mutant, options, say);
    // Where chance had its hand in it, another seed tells; a hole in the checker stays one.
    return first.caught ? first : tryMutant(mutant, { ...options, seed: options.seed + 1 }, say);
  });
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, 'mutants.json'), JSON.stringify({ seed: options.seed, verdicts }, null, 2));
  const living = verdicts.filter(({ caught }) => !caught);
  process.stdout.write(
    `\n${table(
      ['mutant', 'fate', 'what failed', 'seconds', 'defect'],
      verdicts.map(({ name, caught, failed: ids, seconds, defect }) => [
        name,
        caught ? 'caught' : 'LIVES',
        ids.join(' ') || 'nothing',
        seconds,
        defect,
      ]),
    )}\n\n${verdicts.length - living.length} of ${verdicts.length} mutants were caught (seed ${options.seed}).\n`,
  );
  return living.length === 0 && verdicts.length > 0 ? 0 : 1;
}
