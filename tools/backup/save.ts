/** Writes a backup of all logs as they are at one moment: appends of all services wait while it is fixed, for milliseconds. */
import { createWriteStream, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DATABASES, isLogName, LOGS, type DatabaseName } from '@foldline/contracts';
import { Connection, copyFromTable, quoteName } from '@foldline/postgres';
import { digestOf, FORMAT, type DatabaseBackup, type Manifest, type TableFile } from './manifest';
import { keptTables, migrationsOf } from './tables';

const LOCK_TIMEOUT = '10s';

const columnList = (columns: readonly string[]): string => columns.map(quoteName).join(', ');

/**
 * Sessions that all see the same moment. A process step's checkpoint names a position of another service's log: were the logs
 * taken one after the other, it could name one that the backup does not hold.
 */
async function openMoment(urlOf: (name: DatabaseName) => string): Promise<Map<DatabaseName, Connection>> {
  const open = (name: DatabaseName): Promise<Connection> =>
    Connection.open({ url: urlOf(name), name: 'backup', statementTimeoutMs: 0 });
  const gates: Connection[] = [];
  const sessions = new Map<DatabaseName, Connection>();
  try {
    for (const name of DATABASES) sessions.set(name, await open(name));
    for (const name of LOGS) {
      const gate = await open(name);
      gates.push(gate);
      await gate.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
      await gate.query('begin');
      await gate.query('select 1 from log.log_head for update');
    }
    for (const session of sessions.values()) {
      await session.query('begin isolation level repeatable read read only');
      await session.query('select 1');
    }
    return sessions;
  } catch (error) {
    await Promise.all([...sessions.values()].map(session => session.close()));
    throw error;
  } finally {
    await Promise.all(gates.map(gate => gate.close()));
  }
}

async function saveDatabase(name: DatabaseName, session: Connection, folder: string): Promise<DatabaseBackup> {
  const tables: TableFile[] = [];
  mkdirSync(join(folder, name), { mode: 0o700 });
  for (const { table, columns } of await keptTables(session)) {
    const file = `${name}/${table}.copy.gz`;
    const sink = createWriteStream(join(folder, file), { mode: 0o600, flush: true });
    const { rows } = await session.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    await pipeline(copyFromTable(session, `copy ${table} (${columnList(columns)}) to stdout`), createGzip(), sink);
    tables.push({ table, columns, file, rows: rows[0]!.count, sha256: await digestOf(join(folder, file)) });
  }
  const migrations = await migrationsOf(session);
  if (!isLogName(name)) return { migrations, tables };
  const { rows } = await session.query<{ incarnation: string; position: string }>(
    'select incarnation::text, position::text from log.log_head',
  );
  const { incarnation, position } = rows[0]!;
  return { migrations, tables, log: { incarnation, position: Number(position) } };
}

/** The folder appears when it is whole; it must not exist before. */
export async function save(
  folder: string,
  { urlOf, secretsFile }: { urlOf: (name: DatabaseName) => string; secretsFile: string },
): Promise<Manifest> {
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  const sessions = await openMoment(urlOf);
  try {
    const madeAt = new Date().toISOString();
    const databases = {} as Record<DatabaseName, DatabaseBackup>;
    for (const [name, session] of sessions) databases[name] = await saveDatabase(name, session, making);
    copyFileSync(secretsFile, join(making, 'secrets.json'));
    const manifest: Manifest = {
      format: FORMAT,
      madeAt,
      secretsSha256: await digestOf(join(making, 'secrets.json')),
      databases,
    };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    writeFileSync(join(making, 'manifest.json'), text, { mode: 0o600, flush: true });
    renameSync(making, folder);
    return manifest;
  } finally {
    await Promise.all([...sessions.values()].map(session => session.close()));
    rmSync(making, { recursive: true, force: true });
  }
}
