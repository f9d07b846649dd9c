/** A rebuild beside a shop that serves: killed, interrupted, left by its reader, its broker wiped, its owner silent. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { streamOf, type ProductId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool, type Pool } from '@foldline/postgres';
import { newId } from '@foldline/service-kit';
import { eventually } from '@foldline/testing';
import { buy, newPerson, newProduct, type Caller } from './client';
import { MAIN, openShop, UNDER_WAY, type ReplayTool } from './replay-tool';
import type { RunFile, Shop } from './shop';

jest.setTimeout(300_000);

/** Events that only make the logs longer. */
const BULK = 12_000;

let shop: Shop;
let run: RunFile;
let replay: ReplayTool;
let call: Caller;
let admin: string;
let pool: Pool;

beforeAll(async () => {
  ({ shop, run, replay, call, admin } = await openShop());
  pool = connectPool({ url: run.postgres.urls.query, name: 'replay journey' });
  const person = await newPerson(call);
  for (const title of ['First', 'Second']) {
    const id = await newProduct(call, admin, { title });
    await buy(call, person.token, [{ productId: id, quantity: 2 }]);
  }
  await lengthen(BULK);
  await eventually(async () => expect(await replay.done('status', 'user-orders')).toContain('level'), {
    timeout: 60_000,
  });
});
afterAll(async () => {
  await pool?.end();
  await shop?.remove();
});

/** Stock received again and again, appended as the products service does. */
async function lengthen(events: number): Promise<void> {
  const log = new PostgresEventLog({ log: 'products', url: run.postgres.urls.products });
  await Promise.all(
    Array.from({ length: 60 }, () => {
      const productId = newId<ProductId>();
      const id = newId();
      const details = { productId, title: 'Long', description: '', image: '/images/enamel-mug.svg', category: 'long' };
      const received = { type: 'StockReceived', data: { productId, quantity: 1 } };
      const listed = { type: 'ProductListed', data: { ...details, price: 100, currency: 'EUR' } };
      const more = Array.from({ length: Math.floor(events / 60) }, () => received);
      return log.append({
        writes: [{ stream: streamOf.product(productId), expectedVersion: 0, events: [listed, ...more] }],
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
    }),
  );
  await log.close();
}

it('answers help without loading what only work needs', () => {
  const env = { ...process.env, NODE_DEBUG: 'module' };
  const { stdout, stderr } = spawnSync(process.execPath, [MAIN, '--help'], { env, encoding: 'utf8' });
  expect(stdout).toContain('Examples:');
  const loaded = [...stderr.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/"\s]+)\//g)].map(([, name]) => name);
  expect([...new Set(loaded)]).toEqual(['commander']);
});

it('tells what there is', async () => {
  const [status] = await replay.document('status', 'user-orders');
  expect(status).toMatchObject({ projection: 'user-orders', keptBy: 'user-orders-query' });
  expect(status.generations).toMatchObject([
    { generation: 1, state: 'serving', fingerprint: 'fresh', parked: 0, logs: [{ lagEvents: 0 }, {}, {}] },
  ]);
  expect(await replay.done('plan')).toMatch(/user-orders: reads users \d+, products 12,\d+/);
});

it.each([
  [['nonsense'], 2, 'unknown command'],
  [['status', 'nothing'], 2, 'There is no projection "nothing"; there are: user-orders, catalogue, known-facts.'],
  [['rebuild', '--throttle', 'fast'], 2, 'whole number'],
  [['drop', 'user-orders', '1'], 2, 'Add --yes'],
  [['drop', 'user-orders', '1', '--yes'], 1, 'serves: switch to another one first'],
  [['rollback', 'user-orders'], 2, 'nothing to go back to'],
  [['switch', 'user-orders'], 2, 'no generation to switch to'],
  [['switch', 'user-orders', '--to', '99'], 2, 'no generation 99'],
  [['verify', 'user-orders', '--against', '99'], 2, 'no generation 99: "status" lists what there is'],
  [['redrive'], 2, 'Name the key'],
  [['as-of', '--user', '01a1fd96-e5c9-7482-ae57-edb1c31d19af', '--at', '2999-01-01T00:00:00Z'], 2, 'is in the future'],
  [['as-of', '--user', '01a1fd96-e5c9-7482-ae57-edb1c31d19af', '--at', '2026-02-30T00:00:00Z'], 2, 'is no time'],
  [['as-of', '--user', '01a1fd96-e5c9-7482-ae57-edb1c31d19af', '--at', '1999-01-01T00:00:00Z'], 2, 'The logs begin at'],
])('refuses %j with %i', async (args, code, words) => {
  const ran = await replay.run(...args);
  expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringContaining(words)]);
});

it('does nothing where a partition is asked for and the whole is kept', () => {
  const env = { ...process.env, FOLDLINE_DATA: shop.dataDir, READ_PARTITION: '1/2' };
  for (const verb of ['status', 'rebuild', 'verify']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, verb, 'user-orders'], {
      env,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/keeps the whole of user-orders, and partition 1\/2 is asked for: leave READ_PARTITION out/);
  }
});

/** What the tables of a generation hold, byte for byte; pages are made when they are first asked for. */
async function bytesOf(generation: number): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'read' and tablename like '%\\_g' || $1
      and tablename not like 'page%' order by 1`,
    [String(generation)],
  );
  const entries = tables.map(async ({ name }) => {
    const { rows } = await pool.query<{ sum: string }>(
      `select count(*) || ' ' || md5(string_agg(t::text, E'\\n' order by t::text collate "C")) as sum from read."${name}" t`,
    );
    return [name.replace(/_g\d+$/, ''), rows[0]!.sum] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

interface Progress {
  readonly type?: string;
  readonly events: number;
  readonly logs: readonly { readonly position: number; readonly head: number }[];
}
const progressOf = (out: string): readonly Progress[] =>
  out
    .split('\n')
    .filter(line => line.endsWith('}'))
    .map(line => JSON.parse(line) as Progress)
    .filter(({ type }) => type === 'progress');
const sumOf = ({ logs }: Progress, what: 'position' | 'head'): number => logs.reduce((sum, log) => sum + log[what], 0);

it('goes on after being killed at 20 random moments, repeats at most 5 %, and ends with the same bytes; one at a time', async () => {
  const KILLS = 20;
  const repeated: number[] = [];
  let [kills, before] = [0, 0];
  for (let ended = false; !ended;) {
    // Slow enough not to end before the last kill.
    const throttle = kills < KILLS ? '1000' : '0';
    const { child, ended: end, shown } = replay.start('rebuild', 'user-orders', '--throttle', throttle, '--json');
    // Once while it sets out, then at any moment of its work.
    if (kills > 0) await shown(UNDER_WAY);
    if (kills === 2) {
      // Held where it is, it still holds what it claimed.
      child.kill('SIGSTOP');
      const second = await replay.run('rebuild', 'user-orders');
      expect([second.code, second.err]).toEqual([
        3,
        expect.stringMatching(/being rebuilt by replay of user-orders \(process \d+/),
      ]);
    } else if (kills < KILLS) await pause(randomInt(10, 700));
    if (kills < KILLS) {
      kills += 1;
      child.kill('SIGKILL');
    }
    const { code, out } = await end;
    const told = progressOf(out);
    if (told.length > 0) {
      const wentOnAt = sumOf(told[0]!, 'position') - told[0]!.events;
      repeated.push((before - wentOnAt) / sumOf(told[0]!, 'head'));
      before = sumOf(told.at(-1)!, 'position');
    }
    ended = code === 0;
  }
  expect(kills).toBe(KILLS);
  expect(repeated.length).toBeGreaterThan(10);
  expect(Math.max(...repeated)).toBeLessThanOrEqual(0.05);
  expect(await replay.done('verify', 'user-orders', '--generation', '2')).toContain('equal, row by row');
  expect(await replay.done('verify', 'user-orders', '--against', '2')).toContain('equal, row by row');
  const [one, two] = [await bytesOf(1), await bytesOf(2)];
  expect(Object.keys(one)).toEqual(expect.arrayContaining(['orders', 'products', 'purchases', 'users']));
  expect(two).toEqual(one);
  await replay.tidy();
});

it.each([
  ['Ctrl-C', (child: ChildProcess) => child.kill('SIGINT')],
  ['a reader of the answer who leaves', (child: ChildProcess) => child.stdout!.destroy()],
])('%s leaves what status explains', async (_, stop) => {
  const { child, ended, shown } = replay.start('rebuild', 'user-orders', '--throttle', '3000', '--json');
  await shown(UNDER_WAY);
  stop(child);
  expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining('run the same command to go on') });
  expect(await replay.done('status', 'user-orders')).toContain(
    'is not finished: "rebuild user-orders" goes on with it',
  );
  await replay.done('rebuild', 'user-orders');
  await replay.tidy();
});

it('a wiped broker and a silent owner hold a rebuild up and spoil nothing; no event is written by it', async () => {
  const { heads } = await replay.current();
  const { ended, shown } = replay.start('rebuild', '--throttle', '4500');
  await shown(UNDER_WAY);
  await rm(join(run.nats.storeDir, 'jetstream'), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  process.kill(run.services.products.pid, 'SIGSTOP');
  await shown(/waiting for products/);
  process.kill(run.services.products.pid, 'SIGCONT');
  const { code, out } = await ended;
  expect([code, out]).toEqual([0, expect.stringContaining('known-facts: generation 2 built')]);
  expect(await replay.done('verify')).not.toContain('NOT equal');
  expect((await replay.current()).heads).toEqual(heads);
  await replay.done('switch');
  for (const name of ['user-orders', 'catalogue', 'known-facts']) await replay.done('drop', name, '--yes');
  // A server whose files were taken away under it does not store again until it is started anew.
  const { pid } = run.nats;
  process.kill(pid, 'SIGKILL');
  await eventually(async () => expect((await shop.runFile()).nats.pid).not.toBe(pid), { timeout: 20_000 });
  run = await shop.runFile();
});
