/** The shop on servers of its own, each program behind proxies of its own on the way to PostgreSQL and NATS. */
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, Proxy, startOwnPostgres, type OwnServer } from '@foldline/testing';
import { ChaosMongo } from './chaos-mongo';
import { startBroker } from './broker';
import { stablePort } from './ports';
import { appUrl, setUpDatabases, type DatabaseName, type LogName, type PreparedDatabases } from './databases';
import { withUrl } from './sql-session';
import { Program, type ProgramName, type ProgramSettings } from './program';
import { ReplayTool } from './replay-tool';
import { fromRoot } from './root';
import { runMark } from './test-folder';

export type { DatabaseName, LogName } from './databases';
export const READ_STORES = ['postgres', 'mongo'] as const;
export type ReadStoreName = (typeof READ_STORES)[number];
export const LOGS: readonly LogName[] = ['users', 'products', 'orders'];
const STORES: Readonly<Record<Exclude<ProgramName, 'gateway'>, DatabaseName>> = {
  users: 'users',
  products: 'products',
  orders: 'orders',
  'user-orders-query': 'query',
};
export type ServiceName = keyof typeof STORES;
export const SERVICES = Object.keys(STORES) as ServiceName[];
export const PROGRAMS: readonly ProgramName[] = [...SERVICES, 'gateway'];

interface Programs {
  environmentOf(name: string, settings: object, servers: object, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  urlOf(name: string, settings: object): string;
}
/** Limits would only hide what is looked for; addresses and accounts of the load are few. */
const NO_LIMITS = {
  REQUESTS_PER_ADDRESS: '100000000',
  SIGN_IN_PER_ACCOUNT: '1000000',
  SIGN_IN_PER_ADDRESS: '1000000',
  SIGN_UP_PER_ADDRESS: '1000000',
};

/** A start compiles and connects everything at once; on a busy machine that takes its time. How long recovery may take is judged elsewhere. */
const START_MS = 180_000;

export interface StackSettings {
  /** Folder of the built programs. */
  readonly dist: string;
  readonly say: (line: string) => void;
  /** Nodes of the broker; default 1. Each stream has a copy on every node. */
  readonly brokers?: number;
  /** Where the query service keeps its read model. */
  readonly readStore?: ReadStoreName;
  /** Databases that are set up already, to begin with a copy of. */
  readonly prepared?: PreparedDatabases;
  /** How long the shop may take to get well again after a fault; default as long as to start. */
  readonly patienceMs?: number;
  /** Done to the databases before any program starts. */
  alter?(stack: ChaosStack): Promise<void>;
}

export class ChaosStack {
  readonly admin = { email: 'admin@foldline.example', password: randomBytes(15).toString('base64url') };
  readonly toPostgres = new Map<ServiceName, Proxy>();
  readonly toNats = new Map<ServiceName, Proxy>();
  readonly programs = new Map<ProgramName, Program>();
  postgres!: OwnServer;
  /** Nodes of the broker: one, or three as a cluster. */
  brokers: readonly OwnServer[] = [];
  /** Where the read model is, unless it is in PostgreSQL. */
  mongo: ChaosMongo | undefined;
  /** Of a user of the broker who may do anything. */
  natsSeed = '';
  gateway = '';
  replay!: ReplayTool;
  private passwords!: Record<DatabaseName, string>;
  private readonly replicas: Program[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'foldline-chaos-'));

  private constructor(private readonly settings: StackSettings) {
    chmodSync(this.folder, 0o755);
  }

  static async start(settings: StackSettings): Promise<ChaosStack> {
    const stack = new ChaosStack(settings);
    try {
      await stack.bringUp();
    } catch (error) {
      await stack.remove();
      throw error;
    }
    return stack;
  }

  get readStore(): ReadStoreName {
    return this.settings.readStore ?? 'postgres';
  }
  /** The broker where there is one node. */
  get nats(): OwnServer {
    return this.brokers[0]!;
  }
  get natsUrls(): string[] {
    return this.brokers.map(({ url }) => url);
  }

  program(name: ProgramName): Program {
    return this.programs.get(name)!;
  }
  /** `name`: of a program, or of what a fault starts beside it. */
  logFile(name: string): string {
    return join(this.folder, `${name}.log`);
  }
  /** The superuser's address of a service's database, past all proxies. */
  databaseUrl(name: DatabaseName): string {
    const url = new URL(this.postgres.url);
    url.pathname = `/foldline_${name}`;
    return url.toString();
  }

  /** A service's own address of its database, past all proxies. */
  serviceUrl(name: DatabaseName): string {
    return appUrl(name, this.passwords[name], this.postgres.port);
  }

  /** A session with the rights that a service itself has. */
  asService<T>(name: DatabaseName, work: Parameters<typeof withUrl<T>>[1]): Promise<T> {
    return withUrl(this.serviceUrl(name), work);
  }

  /** One more process of a service on a port of its own, behind the same proxies; without callers. `hold` ends it. */
  async addReplica(name: ProgramName, own: Partial<Pick<ProgramSettings, 'env' | 'logFile'>> = {}): Promise<Program> {
    const { settings } = this.program(name);
    const port = await stablePort();
    const env = { ...settings.env, ...own.env, PORT: String(port) };
    const replica = new Program({ ...settings, ...own, env, url: `http://127.0.0.1:${port}` });
    this.replicas.push(replica);
    replica.start();
    return replica;
  }

  /** Rejects when it takes longer than the shop itself may: on a busy machine a start is slow, and what is there sooner is not waited for. */
  async whenReplicaReady(replica: Program): Promise<void> {
    await eventually(
      async () => {
        if (!(await replica.isReady())) throw new Error(`the second process of ${replica.name} is not ready`);
      },
      { timeout: START_MS, every: 100 },
    );
  }

  /** Takes every fault away that lies on a link or a process; servers that are down are the fault's own to start. */
  heal(): void {
    for (const proxy of [...this.toPostgres.values(), ...this.toNats.values()]) proxy.heal();
    this.mongo?.proxy.heal();
    for (const program of this.programs.values()) {
      program.start();
      program.signal('SIGCONT');
    }
  }

  async whenReady(timeout = this.settings.patienceMs ?? START_MS): Promise<void> {
    await eventually(
      async () => {
        for (const program of this.programs.values())
          if (!(await program.isReady()))
            throw new Error(`${program.name} is not ready; its log: ${this.logFile(program.name)}`);
      },
      { timeout, every: 100 },
    );
  }

  /** Ends everything. `logs`: folder that the logs of the programs are kept in. */
  async remove(logs?: string): Promise<void> {
    this.heal();
    // Everything is judged by now: nobody waits for a tidy end.
    await Promise.all([...this.replicas, ...this.programs.values()].map(program => program.hold()));
    await Promise.all([...this.toPostgres.values(), ...this.toNats.values()].map(proxy => proxy.close()));
    await Promise.all([...this.brokers.map(node => node.remove()), this.postgres?.remove(), this.mongo?.remove()]);
    if (logs) {
      for (const name of this.programs.keys()) cpSync(this.logFile(name), join(logs, `${name}.log`));
      this.settings.say(`logs are kept in ${logs}`);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async bringUp(): Promise<void> {
    const [postgres, broker] = await Promise.all([
      startOwnPostgres({}, await stablePort(), this.settings.prepared?.dataDir),
      startBroker(this.settings.brokers ?? 1, this.settings.say),
    ]);
    this.postgres = postgres;
    this.brokers = broker.nodes;
    this.natsSeed = broker.rootSeed;
    const { seeds } = broker;
    if (this.settings.readStore === 'mongo') this.mongo = await ChaosMongo.start(this.settings.say);
    for (const service of SERVICES) {
      this.toPostgres.set(service, await Proxy.to(this.postgres.port));
      this.toNats.set(service, await Proxy.to(this.nats.port));
    }
    const passwords = (this.passwords =
      this.settings.prepared?.passwords ?? (await setUpDatabases(this.settings.dist, this.postgres.url)));
    await this.settings.alter?.(this);
    this.replay = new ReplayTool(this.settings.dist, this.toolEnvironment(seeds, passwords));
    await this.startPrograms(seeds, passwords);
    await this.whenReady(START_MS);
  }

  private toolEnvironment(
    seeds: Readonly<Record<string, string>>,
    passwords: Record<DatabaseName, string>,
  ): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      ...runMark(),
      NATS_URL: this.natsUrls.join(),
      NATS_NKEY_SEED: seeds.tools,
      ...(this.mongo && { READ_STORE: 'mongo', MONGO_URL: this.mongo.url }),
    };
    for (const name of Object.keys(passwords) as DatabaseName[])
      env[`${name.toUpperCase()}_DATABASE_URL`] = appUrl(name, passwords[name], this.postgres.port);
    return env;
  }

  private async startPrograms(
    seeds: Readonly<Record<string, string>>,
    passwords: Record<DatabaseName, string>,
  ): Promise<void> {
    const { environmentOf, urlOf } = fromRoot<Programs>('tools/start/programs.cjs');
    const names = ['GATEWAY_PORT', 'GATEWAY_ADMIN_PORT', 'USERS_PORT', 'PRODUCTS_PORT', 'ORDERS_PORT', 'QUERY_PORT'];
    const ports: Record<string, number> = {};
    for (const name of names) ports[name] = await stablePort();
    const settings = {
      ports,
      host: '127.0.0.1',
      logLevel: process.env.LOG_LEVEL ?? 'info',
      publicUrl: `http://127.0.0.1:${ports.GATEWAY_PORT}`,
      dataDir: this.folder,
      readStore: this.readStore,
      mongoUrl: this.mongo?.urlOfShop,
    };
    mkdirSync(join(this.folder, 'compile-cache'), { recursive: true });
    this.gateway = settings.publicUrl;
    for (const name of PROGRAMS) {
      const [postgres, nats] = name === 'gateway' ? [] : [this.toPostgres.get(name)!, this.toNats.get(name)!];
      const databases =
        name === 'gateway' ? {} : { [STORES[name]]: appUrl(STORES[name], passwords[STORES[name]], postgres!.port) };
      // Clients of a cluster find their way to its nodes by themselves, past any proxy.
      const natsUrl = this.brokers.length > 1 ? this.natsUrls.join() : `nats://127.0.0.1:${nats?.port ?? 0}`;
      const servers = { databases, nats: { url: natsUrl, seeds }, admin: this.admin };
      const env = {
        ...environmentOf(name, settings, servers, process.env),
        ...NO_LIMITS,
        STREAM_REPLICAS: String(this.brokers.length),
        CHAOS_CRASHED: join(this.folder, `${name}.crashed`),
      };
      const { dist } = this.settings;
      const program = new Program({ name, dist, env, url: urlOf(name, settings), logFile: this.logFile(name) });
      this.programs.set(name, program);
      program.start();
    }
  }
}
