/** What a migration is: plain numbered SQL, run once, in order, by the owner of the schemas. */

export interface Migration {
  /** 1, 2, 3 ... without holes. */
  readonly version: number;
  /** One SQL object per file: the file's name, e.g. `events`. */
  readonly name: string;
  readonly sql: string;
}

export interface MigrationSet {
  /** e.g. `event-log`; each set counts its versions by itself. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Statements that give the service's role its rights; run after every migration, `:app` stands for the quoted role. */
  readonly grants?: string;
}

/** Numbers a list of named SQL texts in the order given. */
export const numbered = (...files: readonly (readonly [name: string, sql: string])[]): readonly Migration[] =>
  files.map(([name, sql], i) => ({ version: i + 1, name, sql }));

/** The database is not in the state that this build needs; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}
