/** The project's own plain CommonJS, loaded as it stands: the bundle of this suite leaves it outside. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export const ROOT = resolve(process.env.FOLDLINE_ROOT ?? process.cwd());

const load = createRequire(join(ROOT, 'package.json'));

/** `path` from the project's root. */
export const fromRoot = <Module>(path: string): Module => load(join(ROOT, path)) as Module;
