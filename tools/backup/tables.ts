/** What of a database is worth keeping: the truth and the secrets, not what is made from them. */
import type { Queryable } from '@foldline/postgres';

/**
 * Snapshots are made anew, migrations by the set-up. Sessions end with a restore: a refresh token that was used since the
 * backup would count as new again. Tries are of the last minute.
 */
const NOT_KEPT = ['log.snapshots', 'service.migrations', 'service.sessions', 'service.refresh_tokens', 'service.tries'];

export interface KeptTable {
  readonly table: string;
  readonly columns: readonly string[];
}

export async function keptTables(database: Queryable): Promise<KeptTable[]> {
  const { rows } = await database.query<KeptTable>(
    `select table_schema || '.' || table_name as table, array_agg(column_name::text order by ordinal_position) as columns
       from information_schema.columns
      where table_schema in ('log', 'service') and is_generated = 'NEVER'
      group by 1 order by 1`,
  );
  return rows.filter(({ table }) => !NOT_KEPT.includes(table));
}

export async function migrationsOf(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `select set_name || ' ' || version || ' ' || checksum as id from service.migrations order by set_name, version`,
  );
  return rows.map(({ id }) => id);
}
