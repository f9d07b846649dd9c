/** What a backup says about itself, and the proof that its files are still what was written. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASES, type DatabaseName } from '@foldline/contracts';

export const FORMAT = 1;

export interface TableFile {
  /** `schema.table` */
  readonly table: string;
  readonly columns: readonly string[];
  /** Gzipped COPY text, relative to the backup. */
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface LogIdentity {
  readonly incarnation: string;
  readonly position: number;
}

export interface DatabaseBackup {
  /** Checksums of the migrations that made the tables, in their order. */
  readonly migrations: readonly string[];
  readonly tables: readonly TableFile[];
  /** Of the log that the database holds; the read side's holds none. */
  readonly log?: LogIdentity;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly madeAt: string;
  readonly secretsSha256: string;
  /** Of the services that there were when it was made. */
  readonly databases: Readonly<Partial<Record<DatabaseName, DatabaseBackup>>>;
}

/** What the backup holds of each service that both it and this version know. */
export const backupsIn = ({ databases }: Manifest): readonly (readonly [DatabaseName, DatabaseBackup])[] =>
  DATABASES.flatMap(name => (databases[name] ? [[name, databases[name]] as const] : []));

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export class BadBackupError extends Error {
  override readonly name = 'BadBackupError';
}

/** Reads the manifest and every file that it names; throws BadBackupError with the first that is not what was written. */
export async function readBackup(folder: string): Promise<Manifest> {
  const file = join(folder, 'manifest.json');
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (error) {
    throw new BadBackupError(
      `${file} cannot be read: ${(error as Error).message}. Name a folder that "npm run backup" made.`,
    );
  }
  if (manifest.format !== FORMAT)
    throw new BadBackupError(
      `${file} has format ${String(manifest.format)}; this build reads format ${FORMAT}. Restore with the version that made it.`,
    );
  const files = [
    { file: 'secrets.json', sha256: manifest.secretsSha256 },
    ...backupsIn(manifest).flatMap(([, { tables }]) => tables),
  ];
  for (const { file: name, sha256 } of files) {
    const found = await digestOf(join(folder, name)).catch((error: unknown) => (error as Error).message);
    if (found !== sha256)
      throw new BadBackupError(
        `${join(folder, name)} is not what was written (${/^[0-9a-f]{64}$/.test(found) ? 'changed or cut' : found}). Use another backup.`,
      );
  }
  return manifest;
}
