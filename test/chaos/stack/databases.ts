/** The databases of a shop: set up by the tool that sets up every shop, once for one shop or for a series of them. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startOwnPostgres } from '@foldline/testing';
import { stablePort } from './ports';
import { ROOT } from './root';
import { runMark } from './test-folder';

export type LogName = 'users' | 'products' | 'orders';
export type DatabaseName = LogName | 'query';

/** Of the services' own roles. */
export type Passwords = Readonly<Record<DatabaseName, string>>;

export interface PreparedDatabases {
  /** Data folder of a PostgreSQL that stands still. */
  readonly dataDir: string;
  readonly passwords: Passwords;
}

export const appUrl = (name: DatabaseName, password: string, port: number | string): string =>
  `postgres://${name}_app:${password}@127.0.0.1:${port}/foldline_${name}`;

/** `url`: the superuser's. Throws with the tool's words when it fails. */
export async function setUpDatabases(dist: string, url: string): Promise<Passwords> {
  const made = (): string => randomBytes(24).toString('base64url');
  const passwords = { users: made(), products: made(), orders: made(), query: made() };
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, ...runMark(), SETUP_ADMIN_URL: url };
  for (const name of Object.keys(passwords) as DatabaseName[]) {
    env[`${name.toUpperCase()}_DATABASE_URL`] = appUrl(name, passwords[name], new URL(url).port);
    env[`${name.toUpperCase()}_OWNER_PASSWORD`] = made();
  }
  const child = spawn(process.execPath, [join(dist, 'tools/setup/main.js')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise(done => child.once('close', done));
  if (code !== 0) throw new Error(`The databases could not be set up: ${output}`);
  return passwords;
}

/** For a series of shops: each begins with a copy, which is made much sooner than a set-up. */
export async function withPreparedDatabases<T>(
  dist: string,
  work: (prepared: PreparedDatabases) => Promise<T>,
): Promise<T> {
  const postgres = await startOwnPostgres({}, await stablePort());
  try {
    const passwords = await setUpDatabases(dist, postgres.url);
    await postgres.stop();
    return await work({ dataDir: postgres.dataDir, passwords });
  } finally {
    await postgres.remove();
  }
}
