/** The README's program, as its reader would run it: against the built package, in a folder that has nothing else. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
// The package's own types are checked as well; those of the language are not ours.
const STRICT = ['--strict', '--noUncheckedIndexedAccess', '--skipDefaultLibCheck'];
const TARGET = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable'];
const run = promisify(execFile);

async function node(folder: string, ...args: string[]): Promise<string> {
  // There: the compiler looks for types around where it runs.
  const { stdout } = await run(process.execPath, args, { cwd: folder }).catch((error: Error & { stdout: string }) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stdout;
}

/** Compiles and runs it; gives what it printed. Throws with the compiler's or the program's words. */
export async function runReadmeExample(shopUrl: string): Promise<string> {
  const [, source] = /```ts\n([^]*?)```/.exec(await readFile(join(ROOT, 'README.md'), 'utf8'))!;
  const folder = await mkdtemp(join(tmpdir(), 'foldline-client-'));
  try {
    const installed = join(folder, 'node_modules/@foldline/client');
    await mkdir(installed, { recursive: true });
    await cp(join(ROOT, 'libs/client/package.json'), join(installed, 'package.json'));
    await node(folder, TSC, '-p', join(ROOT, 'libs/client/tsconfig.build.json'), '--outDir', join(installed, 'dist'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'example.ts'), source!.replace('http://127.0.0.1:8080', shopUrl));
    await node(folder, TSC, ...STRICT, ...TARGET, join(folder, 'example.ts'));
    return await node(folder, join(folder, 'example.js'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
