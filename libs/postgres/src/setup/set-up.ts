/** Makes databases, roles and schemas on a PostgreSQL server; repeating it changes nothing. */
import { Connection } from '../connection';
import { migrate } from '../migrations/migrate';
import type { MigrationSet } from '../migrations/migration';
import { serviceMigrations } from '../migrations/service-set';
import { ensureDatabase, ensureRights } from './databases';
import { ensureRole, type Role } from './roles';

export interface DatabaseSetup {
  /** As the service will open it: names the database, the service's role and its password. */
  readonly appUrl: string;
  readonly owner: Role;
  /** After the set that every database has. */
  readonly sets: readonly MigrationSet[];
}

const NAME = 'foldline-setup';
/** Two set-ups at once take turns: creating roles and databases is not safe side by side. */
const LOCK = `select pg_advisory_lock(hashtext('foldline-setup'))`;

/** The same server with another database and role. */
function urlFor(adminUrl: string, database: string, role?: Role): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (role) {
    url.username = encodeURIComponent(role.name);
    url.password = encodeURIComponent(role.password);
  }
  return url.toString();
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
const appRoleOf = (url: string): Role => {
  const { username, password } = new URL(url);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
};

/** Returns how many migrations ran. `adminUrl` is a superuser's. */
export async function setUpDatabases(adminUrl: string, setups: readonly DatabaseSetup[]): Promise<number> {
  const admin = await Connection.open({ url: adminUrl, name: NAME, statementTimeoutMs: 60_000 });
  try {
    await admin.query(LOCK);
    for (const { appUrl, owner } of setups) {
      const app = appRoleOf(appUrl);
      await ensureRole(admin, owner);
      await ensureRole(admin, app);
      await ensureDatabase(admin, { database: databaseOf(appUrl), owner: owner.name, app: app.name });
    }
    const ran = await Promise.all(setups.map(setup => setUpInside(adminUrl, setup)));
    return ran.reduce((sum, n) => sum + n, 0);
  } finally {
    await admin.close();
  }
}

async function setUpInside(adminUrl: string, { appUrl, owner, sets }: DatabaseSetup): Promise<number> {
  const database = databaseOf(appUrl);
  const app = appRoleOf(appUrl).name;
  const inside = await Connection.open({ url: urlFor(adminUrl, database), name: NAME });
  try {
    await ensureRights(inside, { database, owner: owner.name, app });
  } finally {
    await inside.close();
  }
  const asOwner = await Connection.open({ url: urlFor(adminUrl, database, owner), name: NAME, statementTimeoutMs: 0 });
  try {
    return await migrate(asOwner, [serviceMigrations, ...sets], app);
  } finally {
    await asOwner.close();
  }
}
