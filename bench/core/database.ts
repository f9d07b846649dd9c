/** A database of a bench's own, set up as a service's, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { eventLogMigrations } from '@foldline/event-log';
import { Connection, quoteName, setUpDatabases } from '@foldline/postgres';
import { ownPostgres } from './own-servers';
import { ownFolder } from './own-shop';

export interface BenchDatabase {
  /** The service's role. */
  readonly appUrl: string;
  /** The administrator, in the same database. */
  readonly insideUrl: string;
}

/** `work` gets a superuser's address: BENCH_ADMIN_URL, or that of a server which is there for this work only. */
export async function withPostgres<T>(work: (adminUrl: string) => Promise<T>): Promise<T> {
  if (process.env.BENCH_ADMIN_URL) return work(process.env.BENCH_ADMIN_URL);
  const folder = await ownFolder('postgres');
  process.stderr.write('starting PostgreSQL\n');
  const server = await ownPostgres(folder);
  try {
    return await work(server.url);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function withDatabase<T>(adminUrl: string, work: (database: BenchDatabase) => Promise<T>): Promise<T> {
  const name = `foldline_bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const [inside, app] = [new URL(adminUrl), new URL(adminUrl)];
  inside.pathname = `/${name}`;
  [app.pathname, app.username, app.password] = [`/${name}`, `${name}_app`, password];
  const owner = { name: `${name}_owner`, password };
  await setUpDatabases(adminUrl, [{ appUrl: app.toString(), owner, sets: [eventLogMigrations] }]);
  try {
    return await work({ appUrl: app.toString(), insideUrl: inside.toString() });
  } finally {
    const admin = await Connection.open({ url: adminUrl, name: 'bench' });
    await admin.query(`drop database ${quoteName(name)} with (force)`);
    for (const role of [app.username, owner.name]) await admin.query(`drop role ${quoteName(role)}`);
    await admin.close();
  }
}
