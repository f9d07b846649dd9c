/** A database of a bench's own, set up as a service's, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { eventLogMigrations } from '@foldline/event-log';
import { Connection, quoteName, setUpDatabases } from '@foldline/postgres';

export interface BenchDatabase {
  /** The service's role. */
  readonly appUrl: string;
  /** The administrator, in the same database. */
  readonly insideUrl: string;
}

/** BENCH_ADMIN_URL: a superuser's address of a PostgreSQL server. */
export async function withDatabase(work: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const adminUrl = process.env.BENCH_ADMIN_URL;
  if (!adminUrl) throw new Error('set BENCH_ADMIN_URL to the address of a PostgreSQL superuser');
  const name = `foldline_bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const [inside, app] = [new URL(adminUrl), new URL(adminUrl)];
  inside.pathname = `/${name}`;
  [app.pathname, app.username, app.password] = [`/${name}`, `${name}_app`, password];
  const owner = { name: `${name}_owner`, password };
  await setUpDatabases(adminUrl, [{ appUrl: app.toString(), owner, sets: [eventLogMigrations] }]);
  try {
    await work({ appUrl: app.toString(), insideUrl: inside.toString() });
  } finally {
    const admin = await Connection.open({ url: adminUrl, name: 'bench' });
    await admin.query(`drop database ${quoteName(name)} with (force)`);
    for (const role of [app.username, owner.name]) await admin.query(`drop role ${quoteName(role)}`);
    await admin.close();
  }
}
