/** The project's folder, and its own plain CommonJS, loaded as it stands: the bundle of the benches leaves it outside. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** Benches run as dist/bench/main.js. */
export const ROOT = resolve(process.argv[1]!, '../../..');

const load = createRequire(join(ROOT, 'package.json'));

/** `path` from the project's folder, or the name of one of its packages. */
export const fromRoot = <Module>(path: string): Module =>
  load(path.includes('/') && !path.startsWith('@') ? join(ROOT, path) : path) as Module;
