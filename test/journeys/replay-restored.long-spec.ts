/** A log restored from a backup: its readers halt and say the way out, and a rebuild mends them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPool, type Pool } from '@foldline/postgres';
import { eventually } from '@foldline/testing';
import { buy, callOn, newPerson, newProduct, type Caller } from './client';
import { openShop, type ReplayTool } from './replay-tool';
import type { RunFile, Shop } from './shop';

jest.setTimeout(300_000);

let shop: Shop;
let run: RunFile;
let replay: ReplayTool;
let call: Caller;
let admin: string;

beforeAll(async () => {
  ({ shop, run, replay, call, admin } = await openShop());
});
afterAll(() => shop?.remove());

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
    const early = await replay.run('log-restored', 'orders', '--yes');
    expect([early.code, early.out, early.err]).toEqual([
      2,
      '',
      expect.stringMatching(/^orders still runs.*Stop orders/),
    ]);
    const lost = await order();
    await eventually(async () => expect(await orders()).toEqual([lost, kept]));
    await withoutOrders(async () => {
      await eventually(() => superuser.query('drop database foldline_orders'));
      await superuser.query(`alter database ${COPY} rename to foldline_orders`);
      await superuser.query('grant connect on database foldline_orders to orders_app, foldline_orders_owner');
      expect(await replay.done('log-restored', 'orders', '--yes')).toContain(
        'The step reservation of products goes on after',
      );
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
    await replay.done('rebuild', '--switch');
    expect(await orders()).toEqual([anew, kept]);
    expect(await replay.done('verify', 'user-orders')).toContain('equal, row by row');
    await eventually(async () => expect((await query('GET', '/readyz')).status).toBe(200), { timeout: 20_000 });
    await replay.done('drop', 'user-orders', '--yes');
  });
});
