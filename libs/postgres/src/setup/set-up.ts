/** Makes databases, roles and schemas on a PostgreSQL server; repeating it changes nothing. */
import { Connection } from '../connection';
import { migrate } from '../migrations/migrate';
import type { MigrationSet } from '../migrations/migration';
import { serviceMigrations } from '../migrations/service-set';
import { ensureDatabase, ensureRights } from './databases';
import { ensureRole } from './roles';

export interface DatabaseSetup {
  /** As the service will open it: names the database, the service's role and its password. */
  readonly appUrl: string;
  readonly owner: { readonly name: string; readonly password: string };
  /** After the set that every database has. */
  readonly sets: readonly MigrationSet[];
}

const NAME = 'foldline-setup';
/** Two set-ups at once take turns: creating roles and databases is not safe side by side. */
const LOCK = `select pg_advisory_lock(hashtext('foldline-setup'))`;

/** The same server with another database and role. */
function urlFor(adminUrl: string, database: string, role?: { name: string; password: string }): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (role) {
    url.username = encodeURIComponent(role.name);
    url.password = encodeURIComponent(role.password);
  }
  return url.toString();
}

/** Returns how many migrations ran. `adminUrl` is a superuser's. */
export async function setUpDatabases(adminUrl: string, setups: readonly DatabaseSetup[]): Promise<number> {
  const admin = await Connection.open({ url: adminUrl, name: NAME, statementTimeoutMs: 60_000 });
  try {
    await admin.query(LOCK);
    const ran: number[] = [];
    for (const setup of setups) ran.push(await setUpDatabase(admin, adminUrl, setup));
    return ran.reduce((sum, n) => sum + n, 0);
  } finally {
    await admin.close();
  }
}

async function setUpDatabase(
  admin: Connection,
  adminUrl: string,
  { appUrl, owner, sets }: DatabaseSetup,
): Promise<number> {
  const app = new URL(appUrl);
  const role = { name: decodeURIComponent(app.username), password: decodeURIComponent(app.password) };
  const names = { database: decodeURIComponent(app.pathname.slice(1)), owner: owner.name, app: role.name };
  await ensureRole(admin, owner);
  await ensureRole(admin, role);
  await ensureDatabase(admin, names);
  const inside = await Connection.open({ url: urlFor(adminUrl, names.database), name: NAME });
  try {
    await ensureRights(inside, names);
  } finally {
    await inside.close();
  }
  const asOwner = await Connection.open({
    url: urlFor(adminUrl, names.database, owner),
    name: NAME,
    statementTimeoutMs: 0,
  });
  try {
    return await migrate(asOwner, [serviceMigrations, ...sets], role.name);
  } finally {
    await asOwner.close();
  }
}
