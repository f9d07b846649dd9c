/**
 * `npm run bench -- orders`: orders placed until decided (reserved and confirmed, or rejected) in a burst. They are appended as
 * the orders service does; everything after that is the doing of a whole shop.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { streamOf, type OrderId, type ProductId, type UserId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool, type Pool } from '@foldline/postgres';
import { newId, timeNow } from '@foldline/service-kit';
import { machine, versionSaid } from './core/machine';
import { median } from './core/measure';
import { numberOf } from './core/options';
import { natsBinary } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { figure } from './core/table';

const BURST = 20_000;
/** A round of a burst was seen to take up to so long. */
const ROUND_MS = 20_000;
/** Processes that have decided nothing yet have their code compiled first. */
const WARM_UP = 4_000;
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

async function placeAll(log: PostgresEventLog, products: readonly ProductId[], count: number): Promise<void> {
  let next = 0;
  const userId = newId<UserId>();
  const one = async (): Promise<void> => {
    while (next < count) {
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

async function untilDecided(pool: Pool, after: number, count: number): Promise<void> {
  // Each event is counted once: counting all of them each time would take the processor from those who decide.
  for (let [decided, position] = [0, after]; decided < count; await pause(50)) {
    const { rows } = await pool.query<{ n: number; last: number | null }>(
      `select count(*) filter (where type in ('OrderConfirmed', 'OrderRejected'))::int as n, max(position) as last
       from log.events where position > $1`,
      [position],
    );
    decided += rows[0]!.n;
    position = Number(rows[0]!.last ?? position);
  }
}

interface Burst {
  readonly placedMs: number;
  readonly decidedMs: number;
}

async function burst(products: readonly ProductId[], ordersUrl: string, count = BURST): Promise<Burst> {
  const log = new PostgresEventLog({ log: 'orders', url: ordersUrl });
  const pool = connectPool({ url: ordersUrl, name: 'bench', max: 1 });
  const { position } = await log.head();
  const startedAt = performance.now();
  await placeAll(log, products, count);
  const placedMs = performance.now() - startedAt;
  await untilDecided(pool, position, count);
  const decidedMs = performance.now() - startedAt;
  await pool.end();
  await log.close();
  return { placedMs, decidedMs };
}

/** `--rounds` (3) of each burst, in turns. */
export async function ordersBench(args: readonly string[]): Promise<void> {
  const rounds = numberOf(args, 'rounds', 3);
  const progress = new Progress(25_000 + 2 * rounds * ROUND_MS);
  progress.step('starting PostgreSQL, NATS and the five services', 20_000);
  const shop = await OwnShop.start('orders');
  const found = new Map<string, Burst[]>();
  try {
    const { products: productsUrl, orders: ordersUrl } = shop.run.postgres.urls;
    const kinds = [
      ['over 1,000 products', await listProducts(productsUrl, 1000)],
      ['all of one product', await listProducts(productsUrl, 1)],
    ] as const;
    progress.step('warming up', ROUND_MS / 4);
    for (const [, products] of kinds) await burst(products, ordersUrl, WARM_UP);
    for (let round = 1; round <= rounds; round += 1)
      for (const [name, products] of kinds) {
        progress.step(`round ${round} of ${rounds}, ${name}`, ROUND_MS);
        found.set(name, [...(found.get(name) ?? []), await burst(products, ordersUrl)]);
      }
  } finally {
    await shop.remove();
  }
  tell(found, rounds, args);
}

function tell(found: ReadonlyMap<string, readonly Burst[]>, rounds: number, args: readonly string[]): void {
  const rate = ({ decidedMs }: Burst): number => (1000 * BURST) / decidedMs;
  report(
    {
      name: 'orders',
      command: 'npm run bench -- orders',
      machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
      table: {
        head: [`${figure(BURST)} orders`, 'placed s', 'decided s', 'orders/s', 'slowest', 'fastest'],
        rows: [...found].map(([name, bursts]) => [
          name,
          figure(median(bursts.map(one => one.placedMs)) / 1000),
          figure(median(bursts.map(one => one.decidedMs)) / 1000),
          ...[median(bursts.map(rate)), Math.min(...bursts.map(rate)), Math.max(...bursts.map(rate))].map(figure),
        ]),
      },
      notes: [
        `Appended by ${AT_ONCE} at once; decided: reserved or refused by products, and confirmed or rejected by orders. Meanwhile the read model is kept current. Medians of ${rounds} rounds in turns.`,
      ],
      results: Object.fromEntries(found),
    },
    args,
  );
}
