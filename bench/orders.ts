/**
 * Orders placed until decided (reserved and confirmed, or rejected) in a burst, through the whole running shop: the orders
 * are appended as the orders service does, and everything after that is the shop's own doing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { streamOf, type OrderId, type ProductId, type UserId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool, type Pool } from '@foldline/postgres';
import { newId, timeNow } from '@foldline/service-kit';
import { runningShop } from './core/running-shop';

const BURST = 20_000;
const AT_ONCE = 256;

async function listProducts(url: string, count: number): Promise<ProductId[]> {
  const log = new PostgresEventLog({ log: 'products', url });
  const ids = Array.from({ length: count }, () => newId<ProductId>());
  await Promise.all(
    ids.map(productId => {
      const details = {
        productId,
        title: 'Bench',
        description: '',
        image: '/images/enamel-mug.svg',
        category: 'bench',
      };
      const id = newId();
      return log.append({
        writes: [
          {
            stream: streamOf.product(productId),
            expectedVersion: 0,
            events: [
              { type: 'ProductListed', data: { ...details, price: 100, currency: 'EUR' } },
              { type: 'StockReceived', data: { productId, quantity: 1_000_000 } },
            ],
          },
        ],
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
    }),
  );
  await log.close();
  return ids;
}

async function placeAll(log: PostgresEventLog, products: readonly ProductId[]): Promise<void> {
  let next = 0;
  const userId = newId<UserId>();
  const one = async (): Promise<void> => {
    while (next < BURST) {
      const productId = products[next++ % products.length]!;
      const [orderId, id] = [newId<OrderId>(), newId()];
      const data = {
        orderId,
        userId,
        items: [{ productId, quantity: 1, unitPrice: 100 }],
        total: 100,
        currency: 'EUR',
        placedAt: timeNow(),
      };
      await log.append({
        writes: [{ stream: streamOf.order(orderId), expectedVersion: 0, events: [{ type: 'OrderPlaced', data }] }],
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function untilDecided(pool: Pool, after: number): Promise<void> {
  // Each event is counted once: counting all of them each time would take the processor from those who decide.
  for (let [decided, position] = [0, after]; decided < BURST; await pause(50)) {
    const { rows } = await pool.query<{ n: number; last: number | null }>(
      `select count(*) filter (where type in ('OrderConfirmed', 'OrderRejected'))::int as n, max(position) as last
       from log.events where position > $1`,
      [position],
    );
    decided += rows[0]!.n;
    position = Number(rows[0]!.last ?? position);
  }
}

async function burst(name: string, products: readonly ProductId[], ordersUrl: string): Promise<void> {
  const log = new PostgresEventLog({ log: 'orders', url: ordersUrl });
  const pool = connectPool({ url: ordersUrl, name: 'bench', max: 1 });
  const { position } = await log.head();
  const startedAt = performance.now();
  await placeAll(log, products);
  const placed = performance.now() - startedAt;
  await untilDecided(pool, position);
  const decided = performance.now() - startedAt;
  process.stdout.write(
    `${name.padEnd(24)} placed in ${(placed / 1000).toFixed(2)} s, decided in ${(decided / 1000).toFixed(2)} s: ${Math.round((BURST / decided) * 1000)} orders/s\n`,
  );
  await pool.end();
  await log.close();
}

/** `npm run bench -- orders`, beside a running `npm start`. */
export async function ordersBench(): Promise<void> {
  const { postgres } = runningShop();
  const [many, one] = [await listProducts(postgres.urls.products, 1000), await listProducts(postgres.urls.products, 1)];
  process.stdout.write(`${BURST} orders, ${AT_ONCE} appended at once\n`);
  await burst('over 1,000 products', many, postgres.urls.orders);
  await burst('all of one product', one, postgres.urls.orders);
}
