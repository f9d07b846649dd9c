/** The sources with a defect in them, built. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withDatabase } from '../model/log-events';
import { LOGS, type ChaosStack } from '../stack/chaos-stack';
import { ROOT } from '../stack/root';
import type { Edit, Mutant } from './mutant';

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

/** `mutations`: file that `webpack.config.cjs` reads. */
function build(mutations: string, programs: readonly string[]): Promise<void> {
  return new Promise((done, failed) => {
    const cli = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
    const config = 'test/chaos/mutants/webpack.config.cjs';
    const child = spawn(process.execPath, [cli, 'build', ...programs, '--webpackPath', config], {
      cwd: ROOT,
      env: { ...process.env, MUTATIONS: mutations },
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

/** What does not have the defect is of `dist`. */
function completed(own: string, dist: string): string {
  for (const program of PROGRAMS) {
    const place = join(own, program);
    if (existsSync(place)) continue;
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(dist, program), place);
  }
  return own;
}

type Defect = Pick<Mutant, 'edits' | 'builds'>;

/**
 * Builds all of them in one go, which costs a fraction of one build each, while the work begins. It is given a way to the folder of
 * the built programs of each: those that the defect leaves alone are the ones of `dist`.
 */
export async function withMutants<T>(
  defects: readonly Defect[],
  dist: string,
  work: (distOf: (defect: Defect) => Promise<string>) => Promise<T>,
): Promise<T> {
  const built = defects.filter(({ builds }) => builds.length > 0);
  if (built.length === 0) return work(() => Promise.resolve(dist));
  const folder = mkdtempSync(join(tmpdir(), `foldline-mutants-`));
  try {
    const folders = new Map(built.map(({ edits }, i) => [edits, join(folder, String(i))]));
    const mutations = built.map(({ edits, builds }) => {
      const texts = Object.fromEntries([...mutatedTexts(edits)].map(([file, text]) => [join(ROOT, file), text]));
      return { dist: folders.get(edits), texts, builds };
    });
    // What a built program does not hold itself it looks for above its own folder.
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'mutations.json'), JSON.stringify(mutations));
    const programs = new Set(built.flatMap(({ builds }) => builds));
    const ready = build(join(folder, 'mutations.json'), [...programs]);
    // Told to whoever asks for a folder.
    ready.catch(() => undefined);
    return await work(async ({ edits }) => {
      const own = folders.get(edits);
      if (own === undefined) return dist;
      await ready;
      return completed(own, dist);
    });
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
