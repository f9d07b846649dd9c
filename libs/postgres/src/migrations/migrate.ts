/** Brings a database to the schema of this build: under a lock, all or nothing, never backwards. */
import { createHash } from 'node:crypto';
import type { Queryable } from '../queryable';
import { quoteName } from '../quote';
import { inTransaction } from '../transaction';
import bootstrapSql from './001-migrations.sql';
import { MigrationError, type Migration, type MigrationSet } from './migration';

const checksumOf = (migration: Migration): string =>
  createHash('sha256').update(migration.sql).digest('hex').slice(0, 16);

type Applied = { version: number; name: string; checksum: string };

const appliedOf = async (session: Queryable, set: MigrationSet): Promise<Applied[]> =>
  (
    await session.query<Applied>(
      'select version, name, checksum from service.migrations where set_name = $1 order by version',
      [set.name],
    )
  ).rows;

function refuseUnknown(set: MigrationSet, applied: readonly Applied[]): void {
  const newest = applied.at(-1)?.version ?? 0;
  if (newest > set.migrations.length)
    throw new MigrationError(
      `the database has ${set.name} schema ${newest}, this build knows up to ${set.migrations.length}: run the newer build`,
    );
  const changed = applied.find(({ version, checksum }) => {
    const known = set.migrations[version - 1];
    return known && checksumOf(known) !== checksum;
  });
  if (changed)
    throw new MigrationError(
      `${set.name} migration ${changed.version} (${changed.name}) differs from the one the database has had: add a new one instead of editing`,
    );
}

/** Runs what is missing of all sets in one transaction and returns how many ran. `session` must be one session, of the owner. */
export async function migrate(session: Queryable, sets: readonly MigrationSet[], appRole: string): Promise<number> {
  let ran = 0;
  await inTransaction(session, async () => {
    await session.query(`select pg_advisory_xact_lock(hashtext('service.migrations'))`);
    await session.query(bootstrapSql);
    for (const set of sets) {
      const applied = await appliedOf(session, set);
      refuseUnknown(set, applied);
      for (const migration of set.migrations.slice(applied.length)) {
        await session.query(migration.sql);
        await session.query(
          'insert into service.migrations (set_name, version, name, checksum) values ($1, $2, $3, $4)',
          [set.name, migration.version, migration.name, checksumOf(migration)],
        );
        ran++;
      }
      if (set.grants) await session.query(set.grants.replaceAll(':app', quoteName(appRole)));
    }
  });
  return ran;
}

/** For a service at start: its role may not migrate, so it only looks. Throws MigrationError with what to do. */
export async function assertMigrated(session: Queryable, set: MigrationSet): Promise<void> {
  const exists = await session.query(
    `select from pg_catalog.pg_tables where schemaname = 'service' and tablename = 'migrations'`,
  );
  const applied = exists.count ? await appliedOf(session, set) : [];
  refuseUnknown(set, applied);
  if (applied.length < set.migrations.length)
    throw new MigrationError(
      `the database has ${set.name} schema ${applied.length}, this build needs ${set.migrations.length}: run the setup tool first`,
    );
}
