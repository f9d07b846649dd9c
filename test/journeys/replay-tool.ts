/** `npm run replay` on a shop of the tests: run to its end, or watched and interrupted. */
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from '@foldline/testing';
import { callOn, signIn } from './client';
import { Shop } from './shop';

export const MAIN = resolve(__dirname, '../../dist/tools/replay/main.js');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when it has shown this, or has ended. */
  shown(what: RegExp): Promise<unknown>;
}

/** A rebuild tells how far it is. */
export const UNDER_WAY = / %, |"phase"/;

export class ReplayTool {
  constructor(private readonly shop: Shop) {}

  start(...args: string[]): Running {
    const env = { ...process.env, FOLDLINE_DATA: this.shop.dataDir };
    const child = spawn(process.execPath, [MAIN, ...args], { env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<Ran>(done => child.once('close', code => done({ code, out, err })));
    const isShown = (what: RegExp) => eventually(() => expect(out + err).toMatch(what), { timeout: 60_000 });
    return { child, ended, shown: what => Promise.race([ended, isShown(what)]) };
  }

  run(...args: string[]): Promise<Ran> {
    return this.start(...args).ended;
  }

  /** What it answers; rejects when it does not end with 0. */
  async done(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(...args);
    if (code !== 0) throw new Error(`replay ${args.join(' ')} ended with ${code}:\n${out}${err}`);
    return out;
  }

  async document(...args: string[]) {
    return JSON.parse((await this.done(...args, '--json')).trim().split('\n').at(-1)!);
  }

  /** The generations of user-orders, and the heads of its logs. */
  async current() {
    const [{ generations, heads }] = await this.document('status', 'user-orders');
    return {
      generations,
      heads,
      serving: generations.find((one: { state: string }) => one.state === 'serving').generation,
    };
  }

  /** Drops every generation of user-orders but the serving one. */
  async tidy(): Promise<void> {
    const { generations } = await this.current();
    for (const { generation, state } of generations)
      if (state !== 'serving') await this.done('drop', 'user-orders', String(generation), '--yes');
  }
}

/** A shop that lets one address ask as often as it likes, with its admin signed in. */
export async function openShop() {
  const shop = await Shop.create({
    REQUESTS_PER_ADDRESS: '1000000',
    SIGN_UP_PER_ADDRESS: '100000',
    SIGN_IN_PER_ADDRESS: '100000',
  });
  const run = await shop.start();
  const call = callOn(run.gateway);
  const { token: admin } = await signIn(call, run.admin.email, run.admin.password);
  return { shop, run, replay: new ReplayTool(shop), call, admin };
}
