/** A copy of the sources with a defect in it, built. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from '../stack/root';
import type { Edit, Mutant } from './mutants';

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
const APPS = ['users', 'products', 'orders', 'user-orders-query', 'gateway'];

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
export async function withMutant<T>(mutant: Mutant, dist: string, work: (dist: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `foldline-mutant-`));
  try {
    for (const name of COPIED)
      if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const edit of mutant.edits) {
      const path = join(folder, edit.file);
      writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
    }
    await build(folder, mutant.builds);
    for (const [parent, names] of [
      ['apps', APPS],
      ['tools', ['setup', 'replay']],
    ] as const)
      for (const name of names) {
        const place = join(folder, 'dist', parent, name);
        if (existsSync(place)) continue;
        mkdirSync(join(folder, 'dist', parent), { recursive: true });
        cpSync(join(dist, parent, basename(place)), place, { recursive: true });
      }
    return await work(join(folder, 'dist'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
