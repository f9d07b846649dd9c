/** The read model moves from PostgreSQL to MongoDB and back while the shop is open; in between, all of replay works there. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, freePort, mongoUrl } from '@foldline/testing';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller } from './client';
import { ReplayTool } from './replay-tool';
import { Shop, type RunFile } from './shop';

jest.setTimeout(300_000);

/** Four purchases a second at most: the shop is in use, and the machine has time for what is tested. */
const BETWEEN_MS = 250;
const DIST = resolve(__dirname, '../../dist');
const server = mongoUrl();
const url = server && new URL(`/moved_${randomBytes(6).toString('hex')}`, server).toString();

let shop: Shop;
let run: RunFile;
let call: Caller;
let person: Awaited<ReturnType<typeof newPerson>>;
let product: string;
let token = '';
const started: ChildProcess[] = [];

const done = (...args: string[]): Promise<string> => new ReplayTool(shop).done(...args);

async function purchase(): Promise<void> {
  const bought = await buy(call, person.token, [{ productId: product, quantity: 1 }]);
  expect(bought).toMatchObject({ status: 201, body: { status: 'confirmed' } });
  token = after(bought)['consistency-token']!;
}
/** What a read that must show the last purchase answers. */
async function shown(by = call): Promise<string> {
  const headers = { 'consistency-token': token, prefer: 'wait=20' };
  const answer = await by('GET', `/users/${person.id}/products`, { token: person.token, headers });
  expect(answer.status).toBe(200);
  return JSON.stringify(answer.body.items);
}

interface Beside {
  readonly process: ChildProcess;
  readonly call: Caller;
}

/** Another process of the query service beside the shop's own, which reads from the other store. */
async function besides(store: string): Promise<Beside> {
  const { nats } = JSON.parse(await readFile(join(shop.dataDir, 'secrets.json'), 'utf8'));
  const port = await freePort();
  const env = {
    ...{ PATH: process.env.PATH, LOG_LEVEL: 'warn', HOST: '127.0.0.1', PORT: String(port) },
    ...{ DATABASE_URL: run.postgres.urls.query, USERS_URL: run.services.users.url },
    ...{ NATS_URL: run.nats.url, NATS_NKEY_SEED: nats['user-orders-query'].seed },
    ...{ READ_STORE: store, MONGO_URL: url },
  };
  const child = spawn(process.execPath, [join(DIST, 'apps/user-orders-query/main.js')], { env, stdio: 'inherit' });
  started.push(child);
  const by = callOn(`http://127.0.0.1:${port}`);
  await eventually(async () => expect((await by('GET', '/readyz')).status).toBe(200), { timeout: 60_000 });
  return { process: child, call: by };
}

/** A shopper between whose purchases there is time for others, as in a shop. */
function shopping(): { stop(): Promise<void> } {
  let going = true;
  const shopper = (async () => {
    for (; going; await pause(BETWEEN_MS)) await purchase();
  })();
  return {
    stop: () => {
      going = false;
      return shopper;
    },
  };
}

/** As an operator does it while the shop is open: build there, compare, start readers there beside those that serve. */
async function move(from: string, to: string): Promise<Beside> {
  const shopper = shopping();
  try {
    expect(await done('rebuild', 'user-orders', '--to', to)).toContain(`start user-orders-query with READ_STORE=${to}`);
    expect(await done('verify', 'user-orders', '--against-store', to)).toMatch(
      new RegExp(`in ${from} against generation \\d+ in ${to}[^]*equal, row by row`),
    );
    const next = await besides(to);
    await purchase();
    // Both show at least what was bought so far; more is bought meanwhile.
    for (const by of [next.call, call]) expect(await shown(by)).toContain('"title":"Moved"');
    await shopper.stop();
    expect(await shown(next.call)).toBe(await shown());
    return next;
  } finally {
    await shopper.stop();
  }
}

(url ? describe : describe.skip)('a read model on MongoDB', () => {
  beforeAll(async () => {
    const limits = { REQUESTS_PER_ADDRESS: '1000000', SIGN_UP_PER_ADDRESS: '100000', SIGN_IN_PER_ADDRESS: '100000' };
    shop = await Shop.create({ ...limits, MONGO_URL: url, READ_STORE: 'postgres' });
    run = await shop.start();
    call = callOn(run.gateway);
    const admin = (await signIn(call, run.admin.email, run.admin.password)).token;
    person = await newPerson(call);
    product = await newProduct(call, admin, { title: 'Moved', stock: 100_000 });
    await purchase();
  });
  afterAll(async () => {
    // Also after a failure: a process that stays keeps the whole run from ending.
    for (const child of started) child.kill('SIGKILL');
    await shop?.remove();
  });

  it('is moved there without a moment in which nobody answers', async () => {
    const next = await move('postgres', 'mongo');
    const before = await shown();
    const gone = new Promise(ended => next.process.once('exit', ended));
    next.process.kill('SIGTERM');
    await gone;
    await shop.stop();
    shop.configure({ READ_STORE: 'mongo' });
    run = await shop.start();
    call = callOn(run.gateway);
    expect(await shown()).toBe(before);
    await purchase();
    expect(await shown()).not.toBe(before);
  });

  it('is rebuilt, compared, switched, rolled back and dropped there', async () => {
    expect(await done('rebuild', 'user-orders')).toContain('"verify user-orders", then "switch user-orders"');
    const [{ generations }] = JSON.parse(await done('status', 'user-orders', '--json'));
    expect(generations).toMatchObject([
      { state: 'serving', fingerprint: 'fresh', parked: 0 },
      { state: 'ready', fingerprint: 'fresh', parked: 0 },
    ]);
    const [old, anew] = generations.map(({ generation }: { generation: number }) => String(generation));
    expect(await done('verify', 'user-orders', '--against', anew)).toContain('equal, row by row');
    for (const [verb, words] of [
      ['switch', `generation ${anew} serves now`],
      ['rollback', `back to generation ${old}`],
    ] as const) {
      expect(await done(verb, 'user-orders')).toContain(words);
      await purchase();
      expect(await shown()).toContain('"title":"Moved"');
    }
    // Each against the logs, row by row: the one that was moved here and followed since, and the one built here.
    const verified = [old, anew].map(generation => done('verify', 'user-orders', '--generation', generation));
    for (const one of await Promise.all(verified)) expect(one).toContain('equal, row by row');
    expect(await done('drop', 'user-orders', '--yes')).toContain(`generation ${anew} is gone`);
    const [planned, parked, mended, was] = await Promise.all([
      done('plan', 'user-orders'),
      done('parked'),
      done('rebuild', 'user-orders', '--user', person.id),
      done('as-of', '--user', person.id, '--at', new Date().toISOString()),
    ]);
    expect(planned).toMatch(/user-orders: reads users \d+/);
    expect(parked).toContain('Nothing is parked.');
    expect(mended).toContain('nothing had to be changed');
    expect(was).toContain(product);
  });

  it('is moved back, and followed there', async () => {
    const { call: there } = await move('mongo', 'postgres');
    const before = await shown(there);
    await purchase();
    expect(await shown(there)).not.toBe(before);
  });
});
