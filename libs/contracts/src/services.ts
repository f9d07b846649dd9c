/**
 * The services of the shop, each declared once, in `services.json`: databases, ports, settings, routes of the gateway, rights on
 * the broker and what is started are made from it. Tools that run before any build read the same file through `tools/services.cjs`.
 */
import declared from '../services.json';

/** Own a log; the log and the database have the service's name. */
export type OwnerName = keyof typeof declared.owners;
/** A service's short name: that of its database, and in upper case the beginning of its settings. */
export type DatabaseName = OwnerName | keyof typeof declared.readers;

export interface Service {
  readonly database: DatabaseName;
  /** Folder under apps/, process, container. */
  readonly program: string;
  /** Begins its settings: `USERS` of `USERS_PORT`. */
  readonly prefix: Uppercase<DatabaseName>;
  /** Where it listens on this machine unless told otherwise. */
  readonly port: number;
  /** Address patterns that the gateway passes on to it. */
  readonly routes: readonly string[];
  readonly ownsLog: boolean;
  /** Into how many read models, by the `:id` of its routes, it may be split. */
  readonly partitions: readonly number[];
}

interface Declared {
  readonly program?: string;
  readonly port: number;
  readonly routes: readonly string[];
  readonly partitions?: Readonly<Record<string, readonly number[]>>;
}

const servicesOf = (group: Readonly<Record<string, Declared>>, ownsLog: boolean): readonly Service[] =>
  Object.entries(group).map(([database, { program = database, port, routes, partitions = {} }]) => ({
    database: database as DatabaseName,
    program,
    prefix: database.toUpperCase() as Uppercase<DatabaseName>,
    port,
    routes,
    ownsLog,
    partitions: Object.values(partitions).flat(),
  }));

/** Owners of logs first. */
export const SERVICES: readonly Service[] = [
  ...servicesOf(declared.owners, true),
  ...servicesOf(declared.readers, false),
];

export const DATABASES: readonly DatabaseName[] = SERVICES.map(({ database }) => database);
