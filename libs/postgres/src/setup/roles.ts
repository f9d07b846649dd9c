/** Two roles per database: the owner migrates, the service's own can only do what the service does. */
import type { Queryable } from '../queryable';
import { quoteName, quoteText } from '../quote';
import { scramVerifier, verifies } from './scram';

export interface Role {
  readonly name: string;
  readonly password: string;
}

const RIGHTS = 'login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls';

/** Makes the role, or gives it this password; writes nothing when it is already so. */
export async function ensureRole(admin: Queryable, { name, password }: Role): Promise<void> {
  const { rows } = await admin.query<{ rolpassword: string | null }>(
    'select rolpassword from pg_catalog.pg_authid where rolname = $1',
    [name],
  );
  const stored = rows[0];
  if (stored && verifies(stored.rolpassword, password)) return;
  const verb = stored ? 'alter' : 'create';
  await admin.query(`${verb} role ${quoteName(name)} ${RIGHTS} password ${quoteText(scramVerifier(password))}`);
}
