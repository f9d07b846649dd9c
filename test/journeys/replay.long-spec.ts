/** Replay beside a shop that serves: rebuilt, killed, wiped, switched under load, verified, and mended after a restore. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { streamOf, type ProductId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool, type Pool } from '@foldline/postgres';
import { newId } from '@foldline/service-kit';
import { eventually } from '@foldline/testing';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller } from './client';
import { Shop, type RunFile } from './shop';

jest.setTimeout(300_000);

const MAIN = resolve(__dirname, '../../dist/tools/replay/main.js');
/** Events that only make the logs longer. */
const BULK = 12_000;

let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let pool: Pool;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when it has shown this, or has ended. */
  shown(what: RegExp): Promise<unknown>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, FOLDLINE_DATA: shop.dataDir } });
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ran>(done => child.once('close', code => done({ code, out, err })));
  const isShown = (what: RegExp) => eventually(() => expect(out + err).toMatch(what), { timeout: 60_000 });
  return { child, ended, shown: what => Promise.race([ended, isShown(what)]) };
}
/** A rebuild tells how far it is. */
const UNDER_WAY = / %, |"phase"/;
const replay = (...args: string[]): Promise<Ran> => start(...args).ended;
async function done(...args: string[]): Promise<string> {
  const { code, out, err } = await replay(...args);
  if (code !== 0) throw new Error(`replay ${args.join(' ')} ended with ${code}:\n${out}${err}`);
  return out;
}
const document = async (...args: string[]) => JSON.parse((await done(...args, '--json')).trim().split('\n').at(-1)!);
const current = async () => {
  const [{ generations, heads }] = await document('status', 'user-orders');
  return {
    generations,
    heads,
    serving: generations.find((one: { state: string }) => one.state === 'serving').generation,
  };
};
/** Everything but the serving generation is gone. */
const tidy = async () => {
  const { generations } = await current();
  for (const { generation, state } of generations)
    if (state !== 'serving') await done('drop', 'user-orders', String(generation), '--yes');
};

beforeAll(async () => {
  shop = await Shop.create({
    REQUESTS_PER_ADDRESS: '1000000',
    SIGN_UP_PER_ADDRESS: '100000',
    SIGN_IN_PER_ADDRESS: '100000',
  });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  pool = connectPool({ url: run.postgres.urls.query, name: 'replay journey' });
  const person = await newPerson(call);
  for (const title of ['First', 'Second']) {
    const id = await newProduct(call, admin, { title });
    await buy(call, person.token, [{ productId: id, quantity: 2 }]);
  }
  await lengthen(BULK);
  await eventually(async () => expect(await done('status', 'user-orders')).toContain('level'), { timeout: 60_000 });
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

it('tells what there is, and answers help at once', async () => {
  const from = performance.now();
  expect(await done('--help')).toContain('Examples:');
  expect(performance.now() - from).toBeLessThan(15_000);
  const [status] = await document('status', 'user-orders');
  expect(status).toMatchObject({ projection: 'user-orders', keptBy: 'user-orders-query' });
  expect(status.generations).toMatchObject([
    { generation: 1, state: 'serving', fingerprint: 'fresh', parked: 0, logs: [{ lagEvents: 0 }, {}, {}] },
  ]);
  expect(await done('plan')).toMatch(/user-orders: reads users \d+, products 12,\d+/);
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
  [['as-of', '--user', '01a1fd96-e5c9-7482-ae57-edb1c31d19af', '--at', '1999-01-01T00:00:00Z'], 2, 'The logs begin at'],
])('refuses %j with %i', async (args, code, words) => {
  const ran = await replay(...args);
  expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringContaining(words)]);
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
    const { child, ended: end, shown } = start('rebuild', 'user-orders', '--throttle', throttle, '--json');
    // Once while it sets out, then at any moment of its work.
    if (kills > 0) await shown(UNDER_WAY);
    if (kills === 2) {
      // Held where it is, it still holds what it claimed.
      child.kill('SIGSTOP');
      const second = await replay('rebuild', 'user-orders');
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
  expect(await done('verify', 'user-orders', '--generation', '2')).toContain('equal, row by row');
  expect(await done('verify', 'user-orders', '--against', '2')).toContain('equal, row by row');
  const [one, two] = [await bytesOf(1), await bytesOf(2)];
  expect(Object.keys(one)).toEqual(expect.arrayContaining(['orders', 'products', 'purchases', 'users']));
  expect(two).toEqual(one);
  await tidy();
});

it('Ctrl-C leaves what status explains', async () => {
  const { child, ended, shown } = start('rebuild', 'user-orders', '--throttle', '3000');
  await shown(UNDER_WAY);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining('run the same command to go on') });
  expect(await done('status', 'user-orders')).toContain('is not finished: "rebuild user-orders" goes on with it');
  await done('rebuild', 'user-orders');
  await tidy();
});

it('a wiped broker and a silent owner hold a rebuild up and spoil nothing; no event is written by it', async () => {
  const { heads } = await current();
  const { ended, shown } = start('rebuild', '--throttle', '4500');
  await shown(UNDER_WAY);
  await rm(join(run.nats.storeDir, 'jetstream'), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  process.kill(run.services.products.pid, 'SIGSTOP');
  await shown(/waiting for products/);
  process.kill(run.services.products.pid, 'SIGCONT');
  const { code, out } = await ended;
  expect([code, out]).toEqual([0, expect.stringContaining('known-facts: generation 2 built')]);
  expect(await done('verify')).not.toContain('NOT equal');
  expect((await current()).heads).toEqual(heads);
  await done('switch');
  for (const name of ['user-orders', 'catalogue', 'known-facts']) await done('drop', name, '--yes');
  // A server whose files were taken away under it does not store again until it is started anew.
  const { pid } = run.nats;
  process.kill(pid, 'SIGKILL');
  await eventually(async () => expect((await shop.runFile()).nats.pid).not.toBe(pid), { timeout: 20_000 });
  run = await shop.runFile();
});

it('a switch and a rollback under load: no failed, no older, no mixed answer', async () => {
  await done('rebuild', 'user-orders');
  const stop = new AbortController();
  const seen = { writes: 0, reads: 0, failed: [] as string[] };
  const shopper = async (): Promise<void> => {
    const person = await newPerson(call);
    const products = await Promise.all([0, 1, 2].map(() => newProduct(call, admin, { stock: 100_000 })));
    const state = { token: '', bought: 0 };
    const write = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const order = await buy(call, person.token, [{ productId: products[state.bought % 3]!, quantity: 1 }]);
        if (order.status !== 201 || order.body.status !== 'confirmed')
          seen.failed.push(`order ${order.status} ${order.text}`);
        else Object.assign(state, { token: after(order)['consistency-token'], bought: state.bought + 1 });
        seen.writes += 1;
      }
    };
    const read = async (): Promise<void> => {
      let newest = 0;
      while (!stop.signal.aborted) {
        const { token, bought } = { ...state };
        const headers: Record<string, string> = token ? { 'consistency-token': token, prefer: 'wait=10' } : {};
        const answer = await call('GET', `/users/${person.id}/products`, { token: person.token, headers });
        const shown = (answer.body?.items ?? []).reduce(
          (sum: number, item: { quantity: number }) => sum + item.quantity,
          0,
        );
        const orders = (answer.body?.items ?? []).reduce(
          (sum: number, item: { orderCount: number }) => sum + item.orderCount,
          0,
        );
        if (answer.status !== 200) seen.failed.push(`read ${answer.status} ${answer.text}`);
        else if (shown < bought || (token && shown < newest))
          seen.failed.push(`older: ${shown} of ${Math.max(bought, newest)}`);
        else if (shown !== orders) seen.failed.push(`mixed: ${answer.text}`);
        if (token) newest = Math.max(newest, bought);
        seen.reads += 1;
      }
    };
    await Promise.all([write(), read(), read()]);
  };
  const load = Promise.all([0, 1, 2, 3].map(shopper));
  await pause(2500);
  for (const [verb, serving] of [
    ['switch', 'generation \\d+ serves now'],
    ['rollback', 'back to generation'],
    ['switch', 'serves now'],
  ] as const) {
    expect(await done(verb, 'user-orders')).toMatch(new RegExp(serving));
    await pause(1000);
  }
  stop.abort();
  await load;
  expect(seen.failed).toEqual([]);
  expect(seen.writes).toBeGreaterThan(10);
  expect(seen.reads).toBeGreaterThan(40);
  // Both were kept current all the time.
  const { generations } = await current();
  for (const { generation } of generations)
    expect(await done('verify', 'user-orders', '--generation', String(generation))).toContain('equal, row by row');
  await tidy();
});

it('verify finds a changed row by name, and a repair of its user mends it', async () => {
  const { serving } = await current();
  const { rows } = await pool.query<{ user_id: string; spent: number }>(
    `update read.purchases_g${serving} set spent = spent + 7 where ctid = (select ctid from read.purchases_g${serving} limit 1) returning user_id, spent`,
  );
  const [row] = rows;
  const { code, out } = await replay('verify', 'user-orders');
  expect([code, out]).toEqual([1, expect.stringContaining(`spent ${row!.spent} against ${row!.spent - 7}`)]);
  expect(await done('rebuild', 'user-orders', '--user', row!.user_id)).toContain('1 rows put right');
  expect(await done('verify', 'user-orders')).toContain('equal, row by row');
});

it('as-of shows what was known at a moment', async () => {
  const person = await newPerson(call);
  const id = await newProduct(call, admin, { title: 'Then' });
  await buy(call, person.token, [{ productId: id, quantity: 1 }]);
  await pause(5);
  const moment = new Date().toISOString();
  await pause(5);
  await buy(call, person.token, [{ productId: id, quantity: 3 }]);
  const at = async (time: string) => (await document('as-of', '--user', person.id, '--at', time)).rows;
  expect((await at(moment)).purchases).toMatchObject([{ quantity: 1 }]);
  expect((await at(new Date().toISOString())).purchases).toMatchObject([{ quantity: 4, order_count: 2 }]);
});

it('a generation that is let go after a while is dropped by its service', async () => {
  await done('rebuild', 'user-orders');
  await done('switch', 'user-orders', '--keep', '1s');
  await eventually(async () => expect((await current()).generations).toHaveLength(1), { timeout: 15_000 });
});

describe('a log restored from a backup', () => {
  const COPY = 'foldline_orders_copy';
  let superuser: Pool;
  let boss: Awaited<ReturnType<typeof newPerson>>;

  beforeAll(async () => {
    const { postgres: password } = JSON.parse(await readFile(join(shop.dataDir, 'secrets.json'), 'utf8'));
    const url = new URL(run.postgres.urls.orders);
    [url.username, url.password, url.pathname] = ['postgres', password, '/postgres'];
    superuser = connectPool({ url: url.toString(), name: 'backup' });
    boss = await newPerson(call);
  });
  afterAll(() => superuser.end());

  /** Does something to the database of orders while orders is dead and nobody revives it. */
  async function withoutOrders(work: () => Promise<unknown>): Promise<void> {
    run = await shop.runFile();
    const { pid } = run.services.orders;
    shop.suspend();
    try {
      process.kill(pid, 'SIGKILL');
      await superuser.query(`alter database foldline_orders allow_connections false`);
      await superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'foldline_orders'`);
      await work();
      await superuser.query(`alter database foldline_orders allow_connections true`);
    } finally {
      shop.resume();
    }
    await eventually(async () => expect((await shop.runFile()).services.orders.pid).not.toBe(pid), { timeout: 20_000 });
    run = await shop.runFile();
    await ready('orders');
  }
  const ready = (name: 'orders' | 'products') =>
    eventually(async () => expect((await callOn(run.services[name].url)('GET', '/readyz')).status).toBe(200), {
      timeout: 30_000,
    });
  const order = async (): Promise<string> => {
    const id = await newProduct(call, admin);
    // Services that have just come back may say `retryable`; what is refused leaves nothing behind.
    return eventually(
      async () => {
        const { body } = await buy(call, boss.token, [{ productId: id, quantity: 1 }]);
        expect(body).toEqual(expect.objectContaining({ status: 'confirmed' }));
        return body.id as string;
      },
      { timeout: 20_000, every: 500 },
    );
  };
  const orders = async (): Promise<string[]> =>
    (await call('GET', `/users/${boss.id}/orders`, { token: boss.token })).body.items.map(
      ({ id }: { id: string }) => id,
    );

  it('halts its readers, who say the way out; a rebuild mends them, and the shop goes on', async () => {
    const kept = await order();
    await withoutOrders(() => eventually(() => superuser.query(`create database ${COPY} template foldline_orders`)));
    const lost = await order();
    await eventually(async () => expect(await orders()).toEqual([lost, kept]));
    await withoutOrders(async () => {
      await eventually(() => superuser.query('drop database foldline_orders'));
      await superuser.query(`alter database ${COPY} rename to foldline_orders`);
      await superuser.query('grant connect on database foldline_orders to orders_app, foldline_orders_owner');
      expect(await done('log-restored', 'orders', '--yes')).toContain('The step reservation of products goes on after');
    });
    const query = callOn(run.services['user-orders-query'].url);
    await eventually(
      async () =>
        expect(await query('GET', '/readyz')).toMatchObject({
          status: 503,
          text: expect.stringContaining('npm run -s replay -- rebuild user-orders --switch'),
        }),
      { timeout: 20_000 },
    );
    // What it knew is still answered.
    expect(await orders()).toEqual([lost, kept]);
    const { pid } = run.services.products;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect((await shop.runFile()).services.products.pid).not.toBe(pid), {
      timeout: 20_000,
    });
    await ready('products');
    const anew = await order();
    await done('rebuild', '--switch');
    expect(await orders()).toEqual([anew, kept]);
    expect(await done('verify', 'user-orders')).toContain('equal, row by row');
    await eventually(async () => expect((await query('GET', '/readyz')).status).toBe(200), { timeout: 20_000 });
    await done('drop', 'user-orders', '--yes');
  });
});
