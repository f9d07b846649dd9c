/** A service's database of a test's own, set up as in production: own roles, own rights. */
import { randomBytes } from 'node:crypto';
import { Connection, quoteName, setUpDatabases, type MigrationSet } from '@foldline/postgres';
import { eventLogMigrations } from '../sql/migrations';

export interface LogDatabase {
  /** The service's role. */
  readonly appUrl: string;
  /** The role that owns the schemas. */
  readonly ownerUrl: string;
  /** The superuser, inside this database. */
  readonly adminUrl: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** `superuserUrl` as `postgresUrl()` of @foldline/testing gives it; `sets` come after the set of the event log. */
export async function makeLogDatabase(superuserUrl: string, sets: readonly MigrationSet[] = []): Promise<LogDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(9).toString('hex');
  const urlFor = (role?: string): string => {
    const url = new URL(superuserUrl);
    url.pathname = `/${name}`;
    if (role) [url.username, url.password] = [role, password];
    return url.toString();
  };
  const [app, owner] = [`${name}_app`, `${name}_owner`];
  await setUpDatabases(superuserUrl, [
    { appUrl: urlFor(app), owner: { name: owner, password }, sets: [eventLogMigrations, ...sets] },
  ]);
  return {
    appUrl: urlFor(app),
    ownerUrl: urlFor(owner),
    adminUrl: urlFor(),
    name,
    drop: async () => {
      const admin = await Connection.open({ url: superuserUrl, name: 'test' });
      await admin.query(`drop database if exists ${quoteName(name)} with (force)`);
      for (const role of [app, owner]) await admin.query(`drop role if exists ${quoteName(role)}`);
      await admin.close();
    },
  };
}
