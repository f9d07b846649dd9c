/** A database of a bench's own, set up as a service's, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { eventLogMigrations } from '@foldline/event-log';
import { Connection, quoteName, setUpDatabases, type MigrationSet } from '@foldline/postgres';
import { ownPostgres } from './own-servers';
import { ownFolder } from './own-shop';

export interface BenchDatabase {
  /** The service's role. */
  readonly appUrl: string;
  /** The administrator, in the same database. */
  readonly insideUrl: string;
}

interface MadeDatabase extends BenchDatabase {
  remove(): Promise<void>;
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

/** `sets`: its migrations, after those that every service's database has; none for one of read models. */
export async function makeDatabase(adminUrl: string, sets: readonly MigrationSet[] = []): Promise<MadeDatabase> {
  const name = `foldline_bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const [inside, app] = [new URL(adminUrl), new URL(adminUrl)];
  inside.pathname = `/${name}`;
  [app.pathname, app.username, app.password] = [`/${name}`, `${name}_app`, password];
  const owner = { name: `${name}_owner`, password };
  await setUpDatabases(adminUrl, [{ appUrl: app.toString(), owner, sets }]);
  return {
    appUrl: app.toString(),
    insideUrl: inside.toString(),
    remove: async () => {
      const admin = await Connection.open({ url: adminUrl, name: 'bench', statementTimeoutMs: 0 });
      await admin.query(`drop database ${quoteName(name)} with (force)`);
      for (const role of [app.username, owner.name]) await admin.query(`drop role ${quoteName(role)}`);
      await admin.close();
    },
  };
}

/** A log's. */
export async function withDatabase<T>(adminUrl: string, work: (database: BenchDatabase) => Promise<T>): Promise<T> {
  const database = await makeDatabase(adminUrl, [eventLogMigrations]);
  try {
    return await work(database);
  } finally {
    await database.remove();
  }
}
