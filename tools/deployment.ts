/** Where the read models and their logs are: from the environment, else from what `npm start` wrote beside its data. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from './exit-codes';

export const STORES = ['postgres', 'mongo'] as const;
export type StoreName = (typeof STORES)[number];

export interface Deployment {
  /** Where the query service keeps its read models now. */
  readonly readStore: StoreName;
  /** Throws where it is not known. */
  mongoUrl(): string;
  /** Address of a database, by the role of the service that owns it. Throws where it is not known. */
  databaseUrl(name: string): string;
  /** The same with the role that owns the tables: for what no service may do. */
  ownerUrl(name: string): string;
  readonly nats: { readonly servers: string; readonly seed?: string; readonly caFile?: string };
}

interface RunFile {
  readonly postgres: { readonly urls: Readonly<Record<string, string>> };
  readonly nats: { readonly url: string };
  readonly readStore?: StoreName;
  readonly mongo?: { readonly url: string };
}
interface SecretsFile {
  readonly databases: Readonly<Record<string, { readonly owner: string }>>;
  readonly nats: { readonly tools: { readonly seed: string } };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting, or the content of the file that NAME_FILE names. */
function setting(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  if (env[name] || !file) return env[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new UsageError(`${name}_FILE names a file that cannot be read.`);
  }
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export function storeNamed(name: string): StoreName {
  const found = STORES.find(one => one === name);
  if (found) return found;
  throw new UsageError(`There is no store "${name}"; there are: ${STORES.join(', ')}.`);
}

export function findDeployment(env: Environment = process.env): Deployment {
  const data = resolve(env.FOLDLINE_DATA ?? '.foldline');
  const run = read<RunFile>(join(data, 'run.json'));
  const secrets = read<SecretsFile>(join(data, 'secrets.json'));
  const missing = (name: string): never => {
    throw new UsageError(
      `No running shop found: ${join(data, 'run.json')} cannot be read and ${name} is not set. ` +
        'Start one with "npm start" in another terminal, or set NATS_URL, NATS_NKEY_SEED and QUERY_DATABASE_URL, PRODUCTS_DATABASE_URL, ORDERS_DATABASE_URL.',
    );
  };
  const urlOf = (name: string): string => {
    const variable = `${name.toUpperCase()}_DATABASE_URL`;
    return setting(env, variable) ?? run?.postgres.urls[name] ?? missing(variable);
  };
  const ownSeed = setting(env, 'NATS_NKEY_SEED');
  const servers = setting(env, 'NATS_URL') ?? run?.nats.url ?? missing('NATS_URL');
  const seed = ownSeed ?? (env.NATS_URL ? undefined : secrets?.nats.tools.seed);
  const caFile = env.NATS_CA_FILE;
  return {
    readStore: storeNamed(setting(env, 'READ_STORE') ?? run?.readStore ?? 'postgres'),
    mongoUrl: () => {
      const url = setting(env, 'MONGO_URL') ?? run?.mongo?.url;
      if (url === undefined)
        throw new UsageError('MONGO_URL is not set: set it to mongodb://host:27017/database, as for the service.');
      return url;
    },
    databaseUrl: urlOf,
    ownerUrl: name => {
      const variable = `${name.toUpperCase()}_OWNER_PASSWORD`;
      const url = new URL(urlOf(name));
      url.username = `${decodeURIComponent(url.pathname.slice(1))}_owner`;
      url.password = setting(env, variable) ?? secrets?.databases[name]?.owner ?? missing(variable);
      return url.toString();
    },
    nats: { servers, ...(seed !== undefined && { seed }), ...(caFile !== undefined && { caFile }) },
  };
}
