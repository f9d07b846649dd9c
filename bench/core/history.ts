/** Puts users, products and orders into the logs of a running shop; the shop itself reserves, confirms and projects them. */
import { setTimeout as pause } from 'node:timers/promises';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { streamOf, type LogName, type OrderId, type ProductId, type UserId } from '@foldline/contracts';
import { PostgresEventLog, type NewEvent } from '@foldline/event-log';
import { connectPool, Settings } from '@foldline/postgres';
import { newId, signAccessToken } from '@foldline/service-kit';
import type { OwnShop } from './own-shop';

export interface HistorySize {
  readonly users: number;
  readonly products: number;
  readonly ordersPerUser: number;
  /** Each of another product. */
  readonly linesPerOrder: number;
}

export interface History {
  readonly users: readonly UserId[];
  readonly products: readonly ProductId[];
}

const AT_ONCE = 512;
const STREAMS_PER_APPEND = 50;
const PRICE = 1_999;
const STOCK = 1_000_000;

type Write = readonly [stream: string, ...events: NewEvent[]];

/** `writes` in appends of many streams. */
async function appendAll(log: LogName, url: string, writes: Iterator<Write>): Promise<void> {
  const events = new PostgresEventLog({ log, url });
  const one = async (): Promise<void> => {
    for (;;) {
      const batch: Write[] = [];
      for (let next = writes.next(); !next.done; next = writes.next()) {
        batch.push(next.value);
        if (batch.length === STREAMS_PER_APPEND) break;
      }
      if (batch.length === 0) return;
      const id = newId();
      await events.append({
        writes: batch.map(([stream, ...written]) => ({ stream, expectedVersion: 0, events: written })),
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE / STREAMS_PER_APPEND }, one));
  await events.close();
}

function* signUps(users: readonly UserId[]): Generator<Write> {
  for (const [i, userId] of users.entries()) {
    const personal = { email: `bench-${i}-${userId}@example.com`, displayName: `Bench user ${i}` };
    yield [streamOf.user(userId), { type: 'UserSignedUp', data: { userId, role: 'customer', personal } }];
  }
}

function* listings(products: readonly ProductId[]): Generator<Write> {
  for (const [i, productId] of products.entries()) {
    const details = { title: `A product with a title, number ${i}`, description: '', category: 'things' };
    const image = `/images/product-${i}.svg`;
    yield [
      streamOf.product(productId),
      { type: 'ProductListed', data: { productId, ...details, image, price: PRICE, currency: 'EUR' } },
      { type: 'StockReceived', data: { productId, quantity: STOCK } },
    ];
  }
}

function* placements({ users, products }: History, { ordersPerUser, linesPerOrder }: HistorySize): Generator<Write> {
  const from = Date.parse('2026-01-01T00:00:00.000Z');
  for (let order = 0; order < ordersPerUser; order += 1)
    for (const [i, userId] of users.entries()) {
      const orderId = newId<OrderId>();
      const items = Array.from({ length: linesPerOrder }, (_, line) => ({
        productId: products[(i * 7 + (order * linesPerOrder + line) * 13) % products.length]!,
        quantity: 1 + (line % 3),
        unitPrice: PRICE,
      }));
      const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
      const placedAt = new Date(from + (order * users.length + i) * 1000).toISOString();
      const data = { orderId, userId, items, total, currency: 'EUR', placedAt };
      yield [streamOf.order(orderId), { type: 'OrderPlaced', data }];
    }
}

/**
 * Resolves when every order is decided, stands in the read model, and every page is built; what is in the shop already stays.
 * `say` hears how far it is.
 */
export async function fillShop(shop: OwnShop, size: HistorySize, say: (line: string) => void): Promise<History> {
  const urls = shop.run.postgres.urls;
  const history: History = {
    users: Array.from({ length: size.users }, () => newId<UserId>()),
    products: Array.from({ length: size.products }, () => newId<ProductId>()),
  };
  const pool = connectPool({ url: shop.adminUrl('query'), name: 'bench', max: 1, statementTimeoutMs: 0 });
  const count = async (from: string): Promise<number> =>
    (await pool.query<{ n: number }>(`select count(*)::int as n from ${from}`)).rows[0]!.n;
  const until = async (what: string, left: () => Promise<number>): Promise<void> => {
    for (let told = 0, open = await left(); open > 0; open = await left(), await pause(200))
      if (performance.now() - told > 2_000) {
        told = performance.now();
        say(`${what}: ${open} to go`);
      }
  };
  await until('earlier orders decided', () => count(`read.orders_g1 where status = 'placed'`));
  const decided = `read.orders_g1 where status <> 'placed'`;
  const built = 'read.pages_g1 where body is not null';
  const [products, orders, pages] = [
    await count('read.products_g1'),
    await count(decided),
    await count('read.pages_g1'),
  ];
  await Promise.all([
    appendAll('users', urls.users, signUps(history.users)),
    appendAll('products', urls.products, listings(history.products)),
  ]);
  await until('products known', async () => products + size.products - (await count('read.products_g1')));
  await appendAll('orders', urls.orders, placements(history, size));
  await until('orders decided', async () => orders + size.users * size.ordersPerUser - (await count(decided)));
  const refused = await count(`read.orders_g1 where status <> 'confirmed'`);
  if (refused > 0) throw new Error(`${refused} orders were not confirmed: the bench's own history is wrong`);
  await until('pages built', async () => pages + size.users - (await count(built)));
  await pool.end();
  return history;
}

/** Signs access tokens as the users service does, with its own key; a sign-in for each user would only cost password hashes. */
export async function signerOf(shop: OwnShop): Promise<(userId: UserId) => Promise<string>> {
  const pool = connectPool({ url: shop.adminUrl('users'), name: 'bench', max: 1 });
  const jwk = (await new Settings(pool).get<{ jwk: JWK }[]>('signing-keys'))?.at(-1)?.jwk;
  await pool.end();
  if (!jwk) throw new Error('the users service has no signing key yet');
  const key = { privateKey: (await importJWK(jwk, 'EdDSA')) as CryptoKey, kid: jwk.kid! };
  return userId => signAccessToken(key, 'foldline', { userId, role: 'customer' }, newId());
}
