/** Fills new, empty databases from a backup, and gives each log a new identity: what was appended after the backup is gone for good. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { DatabaseName } from '@foldline/contracts';
import { Connection, copyInto, inTransaction, quoteName } from '@foldline/postgres';
import { BadBackupError, backupsIn, readBackup, type DatabaseBackup, type Manifest } from './manifest';
import { migrationsOf } from './tables';

async function loadDatabase(
  session: Connection,
  name: DatabaseName,
  backup: DatabaseBackup,
  folder: string,
): Promise<void> {
  if (JSON.stringify(await migrationsOf(session)) !== JSON.stringify(backup.migrations))
    throw new BadBackupError(
      `The tables of ${name} are not those of this version. Restore with the version that made the backup, start it once, then upgrade.`,
    );
  await inTransaction(session, async () => {
    if (backup.log) await session.query('delete from log.log_head');
    for (const { table, columns, file, rows } of backup.tables) {
      const list = columns.map(quoteName).join(', ');
      const bytes = createReadStream(join(folder, file)).pipe(createGunzip());
      const written = await copyInto(session, `copy ${table} (${list}) from stdin`, bytes);
      if (written !== rows) throw new BadBackupError(`${file} holds ${written} rows instead of ${rows}.`);
    }
  });
}

/** The new incarnation of each log, by the old one. */
async function renew(
  sessions: ReadonlyMap<DatabaseName, Connection>,
  manifest: Manifest,
): Promise<Map<string, string>> {
  const renewed = new Map<string, string>();
  for (const [name, session] of sessions) {
    const log = manifest.databases[name]?.log;
    if (!log) continue;
    const { rows } = await session.query<{ incarnation: string }>(
      'update log.log_head set incarnation = gen_random_uuid() returning incarnation::text',
    );
    renewed.set(log.incarnation, rows[0]!.incarnation);
  }
  return renewed;
}

/** Steps go on where they were: their checkpoints and parked events name the logs by their new identities. */
async function pointSteps(
  sessions: ReadonlyMap<DatabaseName, Connection>,
  manifest: Manifest,
  renewed: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, session] of sessions) {
    if (!manifest.databases[name]?.log) continue;
    const { rows } = await session.query<{
      step: string;
      log: DatabaseName;
      incarnation: string;
      position: string;
      event_id: string;
    }>(
      'select step, log, incarnation::text, position::text, event_id::text from log.step_checkpoints where position > 0',
    );
    for (const { step, log, incarnation, position, event_id: eventId } of rows) {
      const { rows: at } = await sessions
        .get(log)!
        .query<{ event_id: string }>('select event_id::text from log.events where position = $1', [position]);
      if (!renewed.has(incarnation) || at[0]?.event_id !== eventId)
        throw new BadBackupError(
          `The step ${step} stands at position ${position} of a log ${log} that is not in this backup.`,
        );
    }
    for (const [before, now] of renewed) {
      await session.query('update log.step_checkpoints set incarnation = $2 where incarnation = $1', [before, now]);
      await session.query('update log.parked set event = replace(event, $1::text, $2::text)', [before, now]);
    }
  }
}

/** `urlOf` opens each database as the owner of its tables. Throws BadBackupError before anything is written when a file is not whole. */
export async function load(folder: string, urlOf: (name: DatabaseName) => string): Promise<Manifest> {
  const manifest = await readBackup(folder);
  const sessions = new Map<DatabaseName, Connection>();
  try {
    for (const [name, backup] of backupsIn(manifest)) {
      const session = await Connection.open({ url: urlOf(name), name: 'restore', statementTimeoutMs: 0 });
      sessions.set(name, session);
      await loadDatabase(session, name, backup, folder);
    }
    await pointSteps(sessions, manifest, await renew(sessions, manifest));
    return manifest;
  } finally {
    await Promise.all([...sessions.values()].map(session => session.close()));
  }
}
