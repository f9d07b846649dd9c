/** One database per service that nobody but its two roles may open. */
import type { Queryable } from '../queryable';
import { quoteName } from '../quote';

export interface DatabaseNames {
  readonly database: string;
  readonly owner: string;
  readonly app: string;
}

export async function ensureDatabase(admin: Queryable, { database, owner }: DatabaseNames): Promise<void> {
  const { count } = await admin.query('select from pg_catalog.pg_database where datname = $1', [database]);
  if (count === 0)
    await admin.query(
      `create database ${quoteName(database)} owner ${quoteName(owner)} template template0 encoding 'UTF8'`,
    );
}

/** Time limits and search path are the role's, in this database: no client can forget them. */
const LIMITS = {
  statement_timeout: '15s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '5s',
  search_path: 'service, read',
};

/** Runs as administrator inside the new database; repeating it changes nothing. */
export async function ensureRights(inside: Queryable, { database, owner, app }: DatabaseNames): Promise<void> {
  const [db, ownerRole, appRole] = [database, owner, app].map(quoteName);
  const limits = Object.entries(LIMITS)
    .map(
      ([name, value]) =>
        `alter role ${appRole} in database ${db} set ${name} = ${name === 'search_path' ? value : `'${value}'`};`,
    )
    .join('\n');
  await inside.query(`
    revoke all on database ${db} from public;
    grant connect on database ${db} to ${ownerRole}, ${appRole};
    revoke all on schema public from public;
    create schema if not exists service authorization ${ownerRole};
    create schema if not exists read authorization ${appRole};
    ${limits}
  `);
}
