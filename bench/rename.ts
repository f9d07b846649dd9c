/** A product with 100,000 buyers gets a new title while it is read and while orders go on: what stalls, for how long, and is any answer wrong. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LOGS, type LogName, type StoredEvent } from '@foldline/contracts';
import { connectPool } from '@foldline/postgres';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS, type PgProjectionStore } from '@foldline/projections';
import { emptyPages } from '../apps/user-orders-query/src/pages/page-emptying';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { withPostgres } from './core/database';
import { loadHttp } from './core/http-load';
import { BEST_SELLER, productId, ReadShop, userId, USERS } from './core/read-shop';

const CONNECTIONS = 32;
const SECONDS_BEFORE = 5;
const SECONDS_AFTER = 3;
const MOST_SECONDS = 180;
const WRITE_EVERY_MS = 10;
const TITLE = 'The new title of what everybody bought';

/** Applies events as the query service's projection does; its runner is left aside, so that every commit can be timed. */
class Projection {
  readonly times: number[] = [];
  private next = Object.fromEntries(LOGS.map(log => [log, 1_000_001])) as Record<LogName, number>;
  constructor(private readonly store: PgProjectionStore) {}

  async apply(log: LogName, stream: string, type: string, data: object): Promise<number> {
    const from = (await this.store.checkpoint(log))!;
    const id = randomUUID();
    const event: StoredEvent = {
      log,
      incarnation: from.incarnation,
      position: this.next[log]++,
      eventId: id,
      stream,
      version: 1,
      type,
      schemaVersion: 1,
      data,
      metadata: { commandId: id, correlationId: id, causationId: id },
      recordedAt: new Date().toISOString(),
    };
    const startedAt = performance.now();
    const applied = await this.store.apply({ log, from, events: [event] });
    if (applied.kind !== 'applied' || applied.parked.length > 0) throw new Error(`${type} was not applied`);
    const took = performance.now() - startedAt;
    this.times.push(took);
    return took;
  }

  order(): Promise<number> {
    const orderId = randomUUID();
    const items = [{ productId: productId(2), quantity: 1, unitPrice: 100 }];
    const user = userId(1 + Math.floor(Math.random() * USERS));
    const placedAt = new Date().toISOString();
    const data = { orderId, userId: user, items, total: 100, currency: 'EUR', placedAt };
    return this.apply('orders', `order-${orderId}`, 'OrderPlaced', data);
  }

  rename(): Promise<number> {
    const details = { title: TITLE, description: '', image: '/images/new.svg', category: 'things' };
    const id = productId(BEST_SELLER);
    return this.apply('products', `product-${id}`, 'ProductDetailsChanged', { productId: id, ...details });
  }
}

const share = (times: number[], of: number): string => {
  const sorted = times.sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? NaN).toFixed(1).padStart(8);
};

export const renameBench = (): Promise<void> => withPostgres(measure);

async function measure(adminUrl: string): Promise<void> {
  const shop = await ReadShop.make(adminUrl);
  const pool = connectPool({ url: shop.url, name: 'bench projection', options: PROJECTION_SESSION_OPTIONS });
  try {
    const port = await shop.queryService();
    await shop.fill(port);
    const store = await new PgProjectionStores(pool).openServing(userOrders, { beside: emptyPages });
    await underLoad(shop, port, new Projection(store));
    await atOnce(shop);
  } finally {
    await pool.end();
    await shop.remove();
  }
}

async function underLoad(shop: ReadShop, port: number, projection: Projection): Promise<void> {
  const request = await shop.requests(5_000);
  const sample = await shop.answers(200);
  await loadHttp({ port, request }, CONNECTIONS, 5_000);
  let writing = true;
  const writer = (async () => {
    for (; writing; await pause(WRITE_EVERY_MS)) await projection.order();
  })();
  let [renamedAt, fannedOutAt, wrong, checked] = [NaN, NaN, 0, 0];
  process.stdout.write('second   reads/s  p50 ms  p99 ms   commits  p50 ms  p99 ms   pages empty  fan-outs\n');
  let after = SECONDS_AFTER;
  for (let second = -SECONDS_BEFORE; after > 0 && second < MOST_SECONDS; second += 1) {
    if (!Number.isNaN(fannedOutAt)) after -= 1;
    projection.times.length = 0;
    if (second === 0) {
      const took = await projection.rename();
      renamedAt = performance.now();
      process.stdout.write(`renamed: the commit took ${took.toFixed(1)} ms\n`);
    }
    if (second >= 0 && Number.isNaN(fannedOutAt) && (await shop.count('read.page_fanouts_g1')) === 0)
      fannedOutAt = performance.now();
    const reads = await loadHttp({ port, request }, CONNECTIONS, 1_000);
    if (second >= 0)
      for (const body of await sample(port)) {
        checked += 1;
        if (!body.includes(`"title":"${TITLE}"`)) wrong += 1;
      }
    const empty = await shop.count('read.pages_g1 where body is null');
    process.stdout.write(
      `${String(second).padStart(6)}${reads.perSecond.toFixed(0).padStart(10)}${reads.p50.toFixed(1).padStart(8)}${reads.p99.toFixed(1).padStart(8)}` +
        `${String(projection.times.length).padStart(10)}${share(projection.times, 0.5)}${share(projection.times, 0.99)}` +
        `${String(empty).padStart(14)}${String(await shop.count('read.page_fanouts_g1')).padStart(10)}\n`,
    );
  }
  writing = false;
  await writer;
  process.stdout.write(
    `fan-out over ${USERS} buyers done after ${((fannedOutAt - renamedAt) / 1000).toFixed(2)} s; ${wrong} of ${checked} answers sampled after the rename showed the old title\n`,
  );
}

/** What the simple way would do: the pages of all buyers in the transaction of the rename. */
async function atOnce(shop: ReadShop): Promise<void> {
  const startedAt = performance.now();
  await shop.pool.query(
    `update read.pages_g1 set version = version + 1, body = replace(body, $2, $3)
     where user_id in (select user_id from read.purchases_g1 where product_id = $1)`,
    [productId(BEST_SELLER), TITLE, `${TITLE}.`],
  );
  process.stdout.write(
    `all of them in one transaction: ${((performance.now() - startedAt) / 1000).toFixed(2)} s in which nothing else is projected\n`,
  );
}
