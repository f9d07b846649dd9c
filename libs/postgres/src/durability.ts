/** Whether a database keeps what it has acknowledged: a log that forgets an event it has told of cannot be mended afterwards. */
import type { Queryable } from './queryable';

/** Each of them off means that a stop of the machine may take acknowledged commits with it (PostgreSQL documentation, 30.1 and 20.5). */
const SAFEGUARDS = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

const SQL = `select pg_is_in_recovery() as replica,
  ${SAFEGUARDS.map(name => `current_setting('${name}') as ${name}`).join(', ')}`;

type Found = { readonly replica: boolean } & Readonly<Record<(typeof SAFEGUARDS)[number], string>>;

/** Safeguards that are off. Throws for a read-only replica, which nothing can be written to. */
export async function missingSafeguards(session: Queryable): Promise<readonly string[]> {
  const { rows } = await session.query<Found>(SQL);
  const found = rows[0]!;
  if (found.replica)
    throw new Error('the database is a read-only replica: let DATABASE_URL name the server that takes writes');
  return SAFEGUARDS.filter(name => found[name] === 'off');
}
