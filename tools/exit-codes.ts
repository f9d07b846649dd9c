/** How a run ends, and what says so. */
import type { BuildInProgressError } from '@foldline/projections';
import { CommanderError } from 'commander';

export const EXIT = { done: 0, failed: 1, usage: 2, busy: 3, interrupted: 130 } as const;

/** What was asked cannot be asked like that. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Done, and the answer is no: it was told already. */
export class AnsweredNo extends Error {
  override readonly name = 'AnsweredNo';
}

/** Stopped by a signal, with everything kept that was done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** By its name: loading its library would cost help more than all the rest. */
const SOMEBODY_ELSE_BUILDS: BuildInProgressError['name'] = 'BuildInProgressError';

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof Error && error.name === SOMEBODY_ELSE_BUILDS) return EXIT.busy;
  if (error instanceof Interrupted) return EXIT.interrupted;
  return EXIT.failed;
}

/** The end of a tool whose verb threw: the exit code, and on stderr what was not told already. */
export function endWith(error: unknown): void {
  if (error instanceof CommanderError) {
    // Help and the version were asked for; everything else it has told already.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return;
  }
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof AnsweredNo))
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

/**
 * Who reads the output may leave early, such as `head`: that ends the work like a Ctrl-C, in good order where somebody
 * listens for it, else at once and well. `streams`: where the answer and what happens meanwhile go.
 */
export function endWhenNobodyReads(streams: readonly NodeJS.EventEmitter[] = [process.stdout, process.stderr]): void {
  let told = false;
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!told && !process.emit('SIGINT')) process.exit(EXIT.done);
      told = true;
    });
}
