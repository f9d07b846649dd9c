/** Packages that only the benches compare with: installed below .foldline by the first bench that needs them, never with the product. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './project';

const WANTED = join(ROOT, 'bench');
const FOLDER = join(ROOT, '.foldline/bench-peers');
const FILES = ['package.json', 'package-lock.json'];
/** npm writes it as the last act of an installation. */
const INSTALLED = join(FOLDER, 'node_modules/.package-lock.json');

const isAlike = (file: string): boolean =>
  existsSync(join(FOLDER, file)) &&
  readFileSync(join(FOLDER, file), 'utf8') === readFileSync(join(WANTED, file), 'utf8');

function install(): void {
  if (existsSync(INSTALLED) && FILES.every(isAlike)) return;
  process.stderr.write('installing the packages to compare with (npm ci of bench/package.json)\n');
  mkdirSync(FOLDER, { recursive: true });
  for (const file of FILES) copyFileSync(join(WANTED, file), join(FOLDER, file));
  const script = process.env.npm_execpath;
  const [command, args] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
  const { status, stderr } = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} failed; is the npm registry reachable?\n${stderr}`);
}

/** The module of a peer, and its version. */
export function peerPackage<Module>(name: string): { readonly module: Module; readonly version: string } {
  install();
  const load = createRequire(join(FOLDER, 'package.json'));
  const { version } = JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { module: load(name) as Module, version };
}
