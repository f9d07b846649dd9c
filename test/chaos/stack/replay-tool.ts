/** The replay command as an operator runs it, on the shop of the suite. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './root';

export interface Ran {
  /** null where it was killed. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

/** Longer than its own tries, also where the machine is busy. */
const PATIENCE_MS = 600_000;

export class ReplayTool {
  /** `env`: addresses and the key of the tools. */
  constructor(
    private readonly dist: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  start(...args: string[]): Running {
    const main = join(this.dist, 'tools/replay/main.js');
    const child = spawn(process.execPath, [main, ...args], { cwd: ROOT, env: this.env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    return { child, ended: new Promise(done => child.once('close', code => done({ code, out, err }))) };
  }

  /** Killed when it takes longer than anybody would wait. */
  async run(...args: string[]): Promise<Ran> {
    const { child, ended } = this.start(...args);
    const late = new AbortController();
    void pause(PATIENCE_MS, undefined, { signal: late.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    const ran = await ended;
    late.abort();
    return ran;
  }
}
