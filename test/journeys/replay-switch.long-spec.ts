/** A switch under load, and what is looked up and put right in the generation that serves. */
import { setTimeout as pause } from 'node:timers/promises';
import { connectPool, type Pool } from '@foldline/postgres';
import { eventually } from '@foldline/testing';
import { after, buy, newPerson, newProduct, type Caller } from './client';
import { openShop, type ReplayTool } from './replay-tool';
import type { RunFile, Shop } from './shop';

jest.setTimeout(300_000);

let shop: Shop;
let run: RunFile;
let replay: ReplayTool;
let call: Caller;
let admin: string;
let pool: Pool;

beforeAll(async () => {
  ({ shop, run, replay, call, admin } = await openShop());
  pool = connectPool({ url: run.postgres.urls.query, name: 'switch journey' });
});
afterAll(async () => {
  await pool?.end();
  await shop?.remove();
});

it('a switch and a rollback under load: no failed, no older, no mixed answer', async () => {
  await replay.done('rebuild', 'user-orders');
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
    expect(await replay.done(verb, 'user-orders')).toMatch(new RegExp(serving));
    await pause(1000);
  }
  stop.abort();
  await load;
  expect(seen.failed).toEqual([]);
  expect(seen.writes).toBeGreaterThan(10);
  expect(seen.reads).toBeGreaterThan(40);
  // Both were kept current all the time.
  const { generations } = await replay.current();
  for (const { generation } of generations)
    expect(await replay.done('verify', 'user-orders', '--generation', String(generation))).toContain(
      'equal, row by row',
    );
  await replay.tidy();
});

it('verify finds a changed row by name, and a repair of its user mends it', async () => {
  const { serving } = await replay.current();
  const { rows } = await pool.query<{ user_id: string; spent: number }>(
    `update read.purchases_g${serving} set spent = spent + 7 where ctid = (select ctid from read.purchases_g${serving} limit 1) returning user_id, spent`,
  );
  const [row] = rows;
  const { code, out } = await replay.run('verify', 'user-orders');
  expect([code, out]).toEqual([1, expect.stringContaining(`spent ${row!.spent} against ${row!.spent - 7}`)]);
  expect(await replay.done('rebuild', 'user-orders', '--user', row!.user_id)).toContain('1 rows put right');
  expect(await replay.done('verify', 'user-orders')).toContain('equal, row by row');
});

it('as-of shows what was known at a moment', async () => {
  const person = await newPerson(call);
  const id = await newProduct(call, admin, { title: 'Then' });
  await buy(call, person.token, [{ productId: id, quantity: 1 }]);
  await pause(5);
  const moment = new Date().toISOString();
  await pause(5);
  await buy(call, person.token, [{ productId: id, quantity: 3 }]);
  const at = async (time: string) => (await replay.document('as-of', '--user', person.id, '--at', time)).rows;
  expect((await at(moment)).purchases).toMatchObject([{ quantity: 1 }]);
  expect((await at(new Date().toISOString())).purchases).toMatchObject([{ quantity: 4, order_count: 2 }]);
});

it('a generation that is let go after a while is dropped by its service', async () => {
  await replay.done('rebuild', 'user-orders');
  await replay.done('switch', 'user-orders', '--keep', '1s');
  await eventually(async () => expect((await replay.current()).generations).toHaveLength(1), { timeout: 15_000 });
});
