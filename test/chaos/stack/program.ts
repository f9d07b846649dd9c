/** One process of the shop: started again whenever it ends, unless it is held down. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fromRoot, ROOT } from './root';

const RESTART_MS = 300;

export type ProgramName = 'users' | 'products' | 'orders' | 'user-orders-query' | 'gateway';

export interface ProgramSettings {
  readonly name: ProgramName;
  /** Folder of the built programs: `<dist>/apps/<name>/main.js`. */
  readonly dist: string;
  readonly env: NodeJS.ProcessEnv;
  readonly url: string;
  readonly logFile: string;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export class Program {
  readonly endings: Ending[] = [];
  private child: ChildProcess | undefined;
  /** Given to Node with the next start, and to that one only. */
  nextOptions: string[] = [];
  /** Folder of the built programs that the next start takes it from. */
  dist: string;
  private held = false;
  private restarting = Promise.resolve();

  constructor(readonly settings: ProgramSettings) {
    this.dist = settings.dist;
  }

  get name(): ProgramName {
    return this.settings.name;
  }
  get url(): string {
    return this.settings.url;
  }
  /** 0 while it is down. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  start(): void {
    this.held = false;
    if (this.child) return;
    const { name, env, logFile } = this.settings;
    const log = openSync(logFile, 'a', 0o600);
    const crash = ['--require', join(ROOT, 'test/chaos/faults/crash-points.cjs')];
    const { SMALL_START } = fromRoot<{ SMALL_START: readonly string[] }>('tools/start/programs.cjs');
    const child = spawn(
      process.execPath,
      [...this.nextOptions.splice(0), ...SMALL_START, ...crash, join(this.dist, 'apps', name, 'main.js')],
      {
        cwd: ROOT,
        env,
        stdio: ['ignore', log, log, 'ipc'],
      },
    );
    closeSync(log);
    this.child = child;
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      this.endings.push({ code, signal });
      if (this.child === child) this.child = undefined;
      if (!this.held) this.restarting = pause(RESTART_MS).then(() => void (this.held || this.start()));
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.child) this.child.kill(signal);
  }

  /** Kills it and keeps it down until `start`. */
  async hold(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.held = true;
    await this.restarting;
    const { child } = this;
    if (!child) return;
    const ended = new Promise<void>(done => child.once('exit', () => done()));
    child.kill(signal);
    await Promise.race([ended, pause(12_000, undefined, { ref: false })]);
    if (this.child === child) {
      child.kill('SIGKILL');
      await ended;
    }
  }

  /** Tells the crash points of the process where to end it. */
  arm(point: string): void {
    this.tell({ point });
  }

  /** What `crash-points.cjs` understands; forgotten when the process ends. */
  tell(message: Readonly<Record<string, unknown>>): void {
    this.child?.send({ ...message }, () => undefined);
  }

  /** Names of the crash points that ended it so far. */
  crashes(): string[] {
    try {
      return readFileSync(this.settings.env.CHAOS_CRASHED!, 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  /** Kilobytes in memory and open files and sockets, as the system counts them; undefined while it is down. */
  usage(): { readonly rssKb: number; readonly handles: number } | undefined {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      const handles = readdirSync(`/proc/${this.pid}/fd`).length;
      return { rssKb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0), handles };
    } catch {
      return undefined;
    }
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  }
}
