/** `npm run test:chaos`: breaks a shop on purpose while it is used, and proves from its logs that nothing was lost. */
import type { Judgement } from './checks/evidence';
import { runMutants } from './mutants/run-mutants';
import { HelpWanted, readOptions, USAGE, UsageError, type Options } from './options';
import { asText, failed, writeReport } from './report';
import { runOnce } from './run';
import { ownTestFolder } from './stack/test-folder';

const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function main([verb, ...rest]: readonly string[]): Promise<number> {
  const isMutants = verb === 'mutants';
  try {
    const options = readOptions(isMutants || verb === undefined ? rest : [verb, ...rest]);
    ownTestFolder();
    return isMutants ? await runMutants(options, options.only, say) : await runWhole(options);
  } catch (error) {
    if (error instanceof HelpWanted) {
      process.stdout.write(USAGE);
      return 0;
    }
    const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    if (!isUsage) throw error;
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** The run, and beside it what needs a shop of its own, one after the other. */
async function runWhole(options: Options): Promise<number> {
  const playAll = async (): Promise<Judgement[]> => {
    const judgements: Judgement[] = [];
    for (const scenario of options.scenarios) judgements.push(await scenario.play({ ...options, say }));
    return judgements;
  };
  const [run, played] = await Promise.all([runOnce(options, say), playAll()]);
  const outcome = { ...run, judgements: [...run.judgements, ...played] };
  process.stdout.write(asText(outcome));
  process.stdout.write(`Report: ${writeReport(outcome)}\n`);
  return failed(outcome).length === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
