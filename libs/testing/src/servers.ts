/** The servers of a test run, fresh databases on them, and servers of a test's own to kill and wipe. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/** A bundler leaves what this loads outside. */
const load = createRequire(__filename);

/** Plain CommonJS, shared with `npm start`. */
const embedded = <Module>(file: string): Module => load(resolve(__dirname, '../../../tools/embedded', file)) as Module;

export interface OwnServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** PostgreSQL's data or JetStream's store. */
  readonly dataDir: string;
  /** Ends the process, keeps the data. */
  stop(): Promise<unknown>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  kill(signal?: NodeJS.Signals): void;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

const required = (name: string): string => {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this test through jest's int or e2e project, which starts the servers`);
  return value;
};

/** Superuser's URL of the run's PostgreSQL. */
export const postgresUrl = (): string => required('TEST_POSTGRES_URL');
/** The run's nats-server, without users. */
export const natsUrl = (): string => required('TEST_NATS_URL');

/** The run's MongoDB, or undefined where the machine has none: such tests are then left out, as `npm test` says. */
export const mongoUrl = (): string | undefined => process.env.TEST_MONGO_URL;
/** For what only the test's stand-in for a MongoDB can be made to do. */
export const mongoKind = (): 'url' | 'mongod' | 'docker' | 'java' | undefined => mongoFound()?.kind;
const mongoFound = (): { kind: 'url' | 'mongod' | 'docker' | 'java' } | undefined =>
  process.env.TEST_MONGO ? (JSON.parse(process.env.TEST_MONGO) as { kind: 'java' }) : undefined;

export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

export interface TestDatabase {
  /** Superuser's URL of the fresh database. */
  readonly url: string;
  readonly name: string;
  /** Ends its sessions and removes it. */
  drop(): Promise<void>;
}

async function asAdmin(sql: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: postgresUrl() });
  await client.connect();
  try {
    for (const statement of sql) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** An empty database of its own on the run's server. */
export async function testDatabase(prefix = 'test'): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await asAdmin([`create database ${name}`]);
  const url = new URL(postgresUrl());
  url.pathname = `/${name}`;
  return { url: url.toString(), name, drop: () => asAdmin([`drop database if exists ${name} with (force)`]) };
}

interface Started {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

async function ownServer(
  port: number,
  dataDir: string,
  folder: string,
  launch: () => Promise<Started>,
): Promise<OwnServer> {
  let server = await launch();
  return {
    url: server.url,
    port,
    dataDir,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    start: async () => {
      server = await launch();
    },
    kill: (signal = 'SIGKILL') => void process.kill(server.pid, signal),
    remove: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foldline-own-'));
  await chmod(folder, 0o755);
  return folder;
}

/** A PostgreSQL of the test's own, to kill and to copy. `copyOf`: data folder of one that stands still. */
export async function startOwnPostgres(
  settings: Record<string, string> = {},
  ownPort?: number,
  copyOf?: string,
): Promise<OwnServer> {
  const { startPostgres } = embedded<{ startPostgres(options: object): Promise<Started> }>('postgres.cjs');
  const [folder, port] = [await ownFolder(), ownPort ?? (await freePort())];
  const dataDir = join(folder, 'postgres');
  if (copyOf) await run('cp', ['-a', copyOf, dataDir]);
  return ownServer(port, dataDir, folder, () =>
    startPostgres({ dataDir, port, password: 'test', logFile: join(folder, 'postgres.log'), settings }),
  );
}

/** A nats-server of the test's own, to kill and to wipe; `config` replaces the one without users. */
export async function startOwnNats(
  config?: (at: { port: number; storeDir: string }) => string,
  ownPort?: number,
): Promise<OwnServer> {
  const { startNats } = embedded<{ startNats(options: object): Promise<Started> }>('nats.cjs');
  const [folder, port] = [await ownFolder(), ownPort ?? (await freePort())];
  const storeDir = join(folder, 'nats');
  return ownServer(port, storeDir, folder, () =>
    startNats({
      bin: required('TEST_NATS_BIN'),
      port,
      storeDir,
      configFile: join(folder, 'nats.conf'),
      logFile: join(folder, 'nats.log'),
      ...(config && { config: config({ port, storeDir }) }),
    }),
  );
}

/** A MongoDB of the test's own that keeps its data in files, to kill. Only where the machine can start one. */
export async function startOwnMongo(ownPort?: number): Promise<OwnServer> {
  const launcher = resolve(__dirname, '../../../test/mongo/start-mongo.cjs');
  const { startMongo } = load(launcher) as { startMongo(found: object, options: object): Promise<Started> };
  const [folder, port] = [await ownFolder(), ownPort ?? (await freePort())];
  const dataDir = join(folder, 'mongo');
  return ownServer(port, dataDir, folder, () =>
    startMongo(mongoFound()!, { port, dataDir, logFile: join(folder, 'mongo.log'), durable: true }),
  );
}
