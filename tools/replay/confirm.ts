/** Asks before something is destroyed: on a terminal in words, elsewhere by `--yes`. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../exit-codes';

export async function confirm(what: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(`${what} Add --yes to do it.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${what} Go on? [y/N] `);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Nothing was done.');
}
