/** A reader that was away while 100,000 events were written is level with the logs within 30 s of coming back. */
import { streamOf, type OrderId, type ProductId, type UserId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool } from '@foldline/postgres';
import { newId, timeNow } from '@foldline/service-kit';
import { eventually } from '@foldline/testing';
import { after, buy, newPerson, newProduct, type Caller } from './client';
import { openShop, type ReplayTool } from './replay-tool';
import type { RunFile, Shop } from './shop';

jest.setTimeout(300_000);

const EVENTS = 100_000;
/** Of an order: placed and confirmed in the log of orders, reserved in the log of products. */
const EVENTS_PER_ORDER = 3;
const WITHIN_MS = 30_000;
const [USERS, PRODUCTS, AT_ONCE] = [2_000, 40, 256];

let shop: Shop;
let run: RunFile;
let replay: ReplayTool;
let call: Caller;
let admin: string;

beforeAll(async () => {
  ({ shop, run, replay, call, admin } = await openShop());
});
afterAll(() => shop?.remove());

/** As the orders service appends them; the shop itself reserves and confirms. */
async function placeOrders(products: readonly string[], count: number): Promise<void> {
  const log = new PostgresEventLog({ log: 'orders', url: run.postgres.urls.orders });
  const users = Array.from({ length: USERS }, () => newId<UserId>());
  let placed = 0;
  const place = async (): Promise<void> => {
    for (let n = placed++; n < count; n = placed++) {
      const [orderId, id] = [newId<OrderId>(), newId()];
      const items = [{ productId: products[n % PRODUCTS] as ProductId, quantity: 1, unitPrice: 100 }];
      const order = { orderId, userId: users[n % USERS]!, items, total: 100, currency: 'EUR', placedAt: timeNow() };
      await log.append({
        writes: [
          { stream: streamOf.order(orderId), expectedVersion: 0, events: [{ type: 'OrderPlaced', data: order }] },
        ],
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, place));
  await log.close();
}

async function untilConfirmed(count: number): Promise<void> {
  const pool = connectPool({ url: run.postgres.urls.orders, name: 'backlog journey', max: 1 });
  const confirmed = `select from log.events where type = 'OrderConfirmed'`;
  await eventually(async () => expect((await pool.query(confirmed)).count).toBe(count), {
    timeout: 120_000,
    every: 500,
  });
  await pool.end();
}

/** Of all logs together. */
async function positions(): Promise<number> {
  const heads: Record<string, number> = (await replay.current()).heads;
  return Object.values(heads).reduce((sum, head) => sum + head, 0);
}

it('the query service comes back to 100,000 events', async () => {
  const person = await newPerson(call);
  const products = await Promise.all(
    Array.from({ length: PRODUCTS }, () => newProduct(call, admin, { stock: EVENTS })),
  );
  const seen = await positions();

  shop.suspend();
  process.kill(run.services['user-orders-query'].pid, 'SIGKILL');
  const orders = Math.ceil(EVENTS / EVENTS_PER_ORDER);
  await placeOrders(products, orders);
  await untilConfirmed(orders);
  const last = await buy(call, person.token, [{ productId: products[0]!, quantity: 1 }]);
  expect(last.body.status).toBe('confirmed');
  expect((await positions()) - seen).toBeGreaterThan(EVENTS);

  shop.resume();
  const backAt = performance.now();
  await eventually(
    async () => {
      const headers = { ...after(last), prefer: 'wait=10' };
      const { status, body } = await call('GET', `/users/${person.id}/products`, { token: person.token, headers });
      expect([status, body.items?.length]).toEqual([200, 1]);
    },
    { timeout: 60_000 },
  );
  expect(performance.now() - backAt).toBeLessThan(WITHIN_MS);

  expect(await replay.done('verify', 'user-orders')).toContain('equal, row by row');
});
