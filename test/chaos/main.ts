/** `npm run test:chaos`: breaks a shop on purpose while it is used, and proves from its logs that nothing was lost. */
import { readOptions, USAGE } from './options';
import { asText, failed, writeReport } from './report';
import { runOnce } from './run';

const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const run = await runOnce(options, say);
  const judgements = [...run.judgements];
  for (const scenario of options.scenarios) judgements.push(await scenario.play({ ...options, say }));
  const outcome = { ...run, judgements };
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
