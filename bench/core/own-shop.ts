/** A shop of a bench's own: embedded servers and the five programs, as `npm start` brings them up, on free ports. */
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { fromRoot, ROOT } from './project';
import type { RunFile } from './running-shop';

export type ProgramName = 'users' | 'products' | 'orders' | 'user-orders-query' | 'gateway';
export type DatabaseName = 'users' | 'products' | 'orders' | 'query';

interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
}
/** The launcher starts it again when it dies: then it has another number. */
export interface Another {
  readonly url: string;
  pid(): number | undefined;
}
interface Stack {
  readonly all: readonly Supervised[];
  start(): Promise<RunFile>;
  stop(): Promise<void>;
  program(name: string, other: { as: string; url: string; own: Readonly<Record<string, string>> }): Supervised;
}
interface Secrets {
  readonly postgres: string;
  readonly nats: Readonly<Record<string, { readonly seed: string }>>;
}
interface Started {
  stopOld(): Promise<string[]>;
}
interface Starting {
  readSettings(env: NodeJS.ProcessEnv): { readonly dataDir: string; readonly admin: object };
  keepSecrets(dataDir: string, admin: object): Secrets;
  Logs: new (dataDir: string) => object;
  StartedProcesses: new (dataDir: string) => Started;
  Stack: new (parts: object) => Stack;
}

const PORTS = [
  'GATEWAY_PORT',
  'USERS_PORT',
  'PRODUCTS_PORT',
  'ORDERS_PORT',
  'QUERY_PORT',
  'GATEWAY_ADMIN_PORT',
  'POSTGRES_PORT',
  'NATS_PORT',
];
/** All of the load comes from one address. */
const NO_LIMITS = {
  REQUESTS_PER_ADDRESS: '100000000',
  SIGN_IN_PER_ACCOUNT: '1000000',
  SIGN_IN_PER_ADDRESS: '1000000',
  SIGN_UP_PER_ADDRESS: '1000000',
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
};

const starting = (): Starting =>
  Object.assign(
    {},
    ...['settings', 'secrets', 'logs', 'leftovers', 'stack'].map(name => fromRoot<object>(`tools/start/${name}.cjs`)),
  ) as Starting;

/** An empty folder of this bench below .foldline; servers that a killed run left there are stopped. */
export async function ownFolder(name: string): Promise<string> {
  const folder = join(ROOT, '.foldline', `bench-${name}`);
  if (existsSync(folder)) await new (starting().StartedProcesses)(folder).stopOld();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The database server runs as another user where we are root: it must get through.
  for (const path of [join(ROOT, '.foldline'), folder]) chmodSync(path, 0o711);
  return folder;
}

export class OwnShop {
  private constructor(
    readonly folder: string,
    readonly run: RunFile,
    private readonly stack: Stack,
    private readonly secrets: Secrets,
  ) {}

  /** `env`: settings of the programs. */
  static async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<OwnShop> {
    const { readSettings, keepSecrets, Logs, StartedProcesses, Stack } = starting();
    const folder = await ownFolder(name);
    // Tools that a bench runs find the shop by its folder.
    Object.assign(process.env, NO_LIMITS, env, { FOLDLINE_DATA: folder });
    const ports = Object.fromEntries(
      await Promise.all(PORTS.map(async port => [port, String(await freePort())] as const)),
    );
    const settings = readSettings({ LOG_LEVEL: 'error', ...ports, FOLDLINE_DATA: folder });
    const secrets = keepSecrets(folder, settings.admin);
    const started = new StartedProcesses(folder);
    const say = (line: string): void => void process.stderr.write(`shop: ${line}\n`);
    const stack = new Stack({ settings, secrets, logs: new Logs(folder), started, say });
    const stopAtOnce = (): void => void stack.stop().finally(() => process.exit(1));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stopAtOnce);
    try {
      return new OwnShop(folder, await stack.start(), stack, secrets);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** The superuser's address of a service's database. */
  adminUrl(name: DatabaseName): string {
    const url = new URL(this.run.postgres.urls[name]);
    [url.username, url.password] = ['postgres', this.secrets.postgres];
    return url.toString();
  }

  /** Of the broker's user that a service is. */
  natsSeed(name: Exclude<ProgramName, 'gateway'>): string {
    return this.secrets.nats[name]!.seed;
  }
  url(name: ProgramName): string {
    return this.run.services[name]!.url;
  }
  pid(name: ProgramName | 'PostgreSQL' | 'nats'): number | undefined {
    return this.program(name).pid;
  }
  /** Another process of a program, on a port of its own, when it is ready. `own`: what it is set otherwise; `as`: the name of its log. */
  async another(name: ProgramName, own: Readonly<Record<string, string>> = {}, as = `${name}-2`): Promise<Another> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = this.stack.program(name, { as, url, own: { ...own, PORT: String(port) } });
    await program.start();
    return { url, pid: () => program.pid };
  }

  /** Ends a program; nobody starts it again. */
  end(name: ProgramName): Promise<void> {
    return this.program(name).stop();
  }

  /** Ends everything and removes its data. */
  async remove(): Promise<void> {
    await this.stack.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private program(name: string): Supervised {
    return this.stack.all.find(supervised => supervised.name === name)!;
  }
}
