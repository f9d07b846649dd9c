/**
 * `npm run bench -- rebuild-reads`: what readers notice of a rebuild. GET /users/:id/products at a fixed rate with nothing
 * else going on, and during rebuilds at several throttles, in turns. Beside a running `npm start`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { median } from './core/measure';
import { openLoop, type OpenLoad, type OpenLoaded } from './core/open-loop';
import { numbersOf } from './core/options';
import { adminToken, runningShop, type RunFile } from './core/running-shop';

const PER_SECOND = 200;
const ROUND_MS = 10_000;
const ROUNDS = 3;
const FASTEST = 1_000_000;

export async function rebuildReadsBench(args: readonly string[]): Promise<void> {
  const shop = runningShop();
  const load = await reads(shop);
  const throttles = numbersOf(args, 'throttles', [FASTEST, 20_000]);
  const measured = new Map<string, OpenLoaded[]>();
  const measure = async (name: string): Promise<void> => {
    const loaded = await openLoop(load, PER_SECOND, ROUND_MS);
    measured.set(name, [...(measured.get(name) ?? []), loaded]);
    process.stderr.write(`${name}: p50 ${loaded.p50.toFixed(2)}, p99 ${loaded.p99.toFixed(2)} ms\n`);
  };
  await openLoop(load, PER_SECOND, ROUND_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    await measure('no rebuild');
    for (const throttle of throttles) {
      const rebuild = await startRebuild(throttle);
      await measure(`rebuild, at most ${throttle}/s`);
      await giveUp(rebuild);
    }
  }
  print(measured);
}

function print(measured: ReadonlyMap<string, readonly OpenLoaded[]>): void {
  const middle = (of: readonly OpenLoaded[], read: (loaded: OpenLoaded) => number) => median(of.map(read));
  const alone = middle(measured.get('no rebuild')!, l => l.p99);
  process.stdout.write(`${PER_SECOND} reads a second, medians of ${ROUNDS} rounds of ${ROUND_MS / 1000} s\n`);
  process.stdout.write(`${' '.repeat(30)}  p50 ms   p99 ms  of alone  answered\n`);
  for (const [name, rounds] of measured) {
    const [p50, p99, answered] = [
      middle(rounds, l => l.p50),
      middle(rounds, l => l.p99),
      middle(rounds, l => l.answered),
    ];
    process.stdout.write(
      `${name.padEnd(30)}${p50.toFixed(2).padStart(8)}${p99.toFixed(2).padStart(9)}${(p99 / alone).toFixed(2).padStart(10)}${`${(100 * answered).toFixed(1)} %`.padStart(10)}\n`,
    );
  }
}

/** Of the users there are, one after another. */
async function reads(shop: RunFile): Promise<OpenLoad> {
  const client = new Client(shop.postgres.urls.query);
  await client.connect();
  const { rows: serving } = await client.query<{ serving: number }>(
    `select serving from read.projections where name = 'user-orders'`,
  );
  const { rows } = await client.query<{ id: string }>(`select id from read.users_g${serving[0]!.serving} limit 20000`);
  await client.end();
  if (rows.length === 0) throw new Error('the shop has no users: run "npm run demo" first');
  const { port, host } = new URL(shop.services['user-orders-query']!.url);
  const token = await adminToken(shop);
  let next = 0;
  const request = (): Buffer =>
    Buffer.from(
      `GET /users/${rows[(next += 1) % rows.length]!.id}/products HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
  return { port: Number(port), request };
}

const replay = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [resolve('dist/tools/replay/main.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

/** Resolves when it has said which generation it builds. */
async function startRebuild(
  throttle: number,
): Promise<{ readonly process: ChildProcess; readonly generation: string }> {
  const child = replay('rebuild', 'user-orders', '--throttle', String(throttle));
  let said = '';
  const generation = await new Promise<string>((begun, failed) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, found] = /generation (\d+)/.exec(said) ?? [];
      if (found) begun(found);
    });
    child.once('close', code => failed(new Error(`replay rebuild ended with ${code}: ${said}`)));
  });
  child.stdout!.resume();
  return { process: child, generation };
}

async function giveUp({ process: rebuild, generation }: Awaited<ReturnType<typeof startRebuild>>): Promise<void> {
  if (rebuild.exitCode !== null)
    process.stderr.write('the rebuild ended before its readers did: fill the shop with more events\n');
  else {
    rebuild.kill('SIGINT');
    await new Promise(done => rebuild.once('close', done));
  }
  const drop = replay('drop', 'user-orders', generation, '--yes');
  drop.stdout!.resume();
  drop.stderr!.resume();
  await new Promise(done => drop.once('close', done));
}
