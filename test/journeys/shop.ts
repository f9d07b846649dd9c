/** The whole shop as `npm start` runs it, on ports and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SERVICES } from '@foldline/contracts';
import { eventually } from '@foldline/testing';

export type ServiceName = 'users' | 'products' | 'orders' | 'user-orders-query' | 'gateway';

/** What `npm start` writes to `run.json`. */
export interface RunFile {
  readonly gateway: string;
  readonly services: Readonly<Record<ServiceName, { readonly url: string; readonly pid: number }>>;
  readonly postgres: {
    readonly urls: Readonly<Record<'users' | 'products' | 'orders' | 'query', string>>;
    readonly pid: number;
    readonly dataDir: string;
  };
  readonly nats: { readonly url: string; readonly pid: number; readonly storeDir: string };
  readonly admin: { readonly email: string; readonly password: string };
}

const PORT_NAMES = [
  'GATEWAY_PORT',
  'GATEWAY_ADMIN_PORT',
  ...SERVICES.map(({ prefix }) => `${prefix}_PORT`),
  'POSTGRES_PORT',
  'NATS_PORT',
];

const isFree = (port: number): Promise<boolean> =>
  new Promise(done => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

const [FIRST_PORT, PORTS_EACH, MOST_WORKERS] = [10_240, 2_700, 8] as const;

/**
 * Below those that the system hands out to outgoing connections, so that what is free now stays free while a shop starts again; and
 * for each of Jest's workers from a range of its own, so that the shop of another one does not take it meanwhile.
 */
async function freePorts(count: number): Promise<number[]> {
  const worker = (Number(process.env.JEST_WORKER_ID ?? 1) - 1) % MOST_WORKERS;
  const first = FIRST_PORT + worker * PORTS_EACH;
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(first, first + PORTS_EACH);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

/** What is run, and in which copy of the project. */
interface Program {
  readonly folder: string;
  readonly command: readonly string[];
}
const NPM_START: Program = { folder: resolve(__dirname, '../..'), command: ['tools/start.mjs'] };

export class Shop {
  private output = '';
  private process: ChildProcess | undefined;

  private constructor(
    readonly dataDir: string,
    private env: NodeJS.ProcessEnv,
    private readonly program: Program,
  ) {}

  /** A new data folder and free ports; `env` is added to the environment of `npm start`. */
  static async create(env: NodeJS.ProcessEnv = {}, program: Program = NPM_START): Promise<Shop> {
    const dataDir = await mkdtemp(join(tmpdir(), `foldline journey ${'of a long path '.repeat(8)}`));
    const free = await freePorts(PORT_NAMES.length);
    const ports = Object.fromEntries(PORT_NAMES.map((name, i) => [name, String(free[i])]));
    return new Shop(dataDir, { ...process.env, FOLDLINE_DATA: dataDir, LOG_LEVEL: 'warn', ...ports, ...env }, program);
  }

  /** Everything the terminal has shown so far. */
  get terminal(): string {
    return this.output;
  }

  /** What `npm start` runs with: for tools that must find this shop. */
  get environment(): NodeJS.ProcessEnv {
    return this.env;
  }

  /** For the next start. */
  configure(env: NodeJS.ProcessEnv): void {
    this.env = { ...this.env, ...env };
  }

  async start(): Promise<RunFile> {
    const child = spawn(process.execPath, this.program.command, { cwd: this.program.folder, env: this.env });
    this.process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    const gone = new Promise<never>((_, failed) =>
      child.once('exit', code => failed(new Error(`npm start ended with ${String(code)}:\n${this.output}`))),
    );
    gone.catch(() => undefined);
    return Promise.race([gone, eventually(() => this.runFile(), { timeout: 240_000 })]);
  }

  /** The run file as it is now; rejects while nothing runs. */
  async runFile(): Promise<RunFile> {
    return JSON.parse(await readFile(join(this.dataDir, 'run.json'), 'utf8')) as RunFile;
  }

  /** Freezes the supervisor, so that what is killed stays dead. */
  suspend(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  /** Ctrl-C, as in a terminal; resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const child = this.process;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>(done => child.once('exit', done));
    child.kill(signal);
    return ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
