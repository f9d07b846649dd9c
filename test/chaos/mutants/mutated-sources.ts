/** A copy of the sources with a defect in it, built. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withDatabase } from '../model/log-events';
import { LOGS, type ChaosStack } from '../stack/chaos-stack';
import { ROOT } from '../stack/root';
import type { Edit, Mutant } from './mutant';

const COPIED = [
  'apps',
  'libs',
  'tools',
  'types',
  'package.json',
  'nest-cli.json',
  'webpack.config.js',
  'tsconfig.json',
];
const PROGRAMS = [
  ...['users', 'products', 'orders', 'user-orders-query', 'gateway'].map(name => `apps/${name}`),
  ...['setup', 'replay'].map(name => `tools/${name}`),
];

/** The changed text of a file; throws when what the edit looks for is not there exactly once. */
export function edited(text: string, { file, find, put }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${file} holds ${JSON.stringify(find)} ${parts.length - 1} times: bring the mutant up to date`);
  return parts.join(put);
}

function build(folder: string, programs: readonly string[]): Promise<void> {
  return new Promise((done, failed) => {
    const cli = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
    const child = spawn(process.execPath, [cli, 'build', ...programs], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('close', code =>
      code === 0 ? done() : failed(new Error(`${programs.join(', ')} could not be built:\n${output.slice(-2000)}`)),
    );
  });
}

/** Gives the work the folder of the built programs; those that the mutant leaves alone are the ones of `dist`. */
export async function withMutant<T>(
  { edits, builds }: Mutant,
  dist: string,
  work: (dist: string) => Promise<T>,
): Promise<T> {
  if (builds.length === 0) return work(dist);
  const folder = mkdtempSync(join(tmpdir(), `foldline-mutant-`));
  try {
    for (const name of COPIED)
      if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of mutatedTexts(edits)) writeFileSync(join(folder, file), text);
    await build(folder, builds);
    for (const program of PROGRAMS) {
      const place = join(folder, 'dist', program);
      if (existsSync(place)) continue;
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(dist, program), place);
    }
    return await work(join(folder, 'dist'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts changed functions of the logs into the place of the whole ones; nothing has to be built for that. */
export async function alterLogs({ edits }: Mutant, stack: ChaosStack): Promise<void> {
  for (const [file, text] of mutatedTexts(edits)) {
    if (!file.endsWith('.sql')) continue;
    const replacing = text.replace('create function', 'create or replace function');
    for (const log of LOGS) await withDatabase(stack, log, sql => sql(replacing));
  }
}

function mutatedTexts(edits: readonly Edit[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const edit of edits)
    texts.set(edit.file, edited(texts.get(edit.file) ?? readFileSync(join(ROOT, edit.file), 'utf8'), edit));
  return texts;
}
