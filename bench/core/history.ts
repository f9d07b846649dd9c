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
  /** Dealt out to the users in turn, unless `skewed`. */
  readonly orders: number;
  /** Each of another product. */
  readonly linesPerOrder: number;
  /** A tenth of the users place nearly half of the orders, and a tenth of the products are in nearly half of them. */
  readonly skewed?: boolean;
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

/** The n-th number of an even spread over 0 to 1, cubed: the same in every run, and a tenth is drawn nearly every second time. */
const skewedShare = (n: number, step: number): number => ((n * step) % 1) ** 3;

/** Which user and which first product the n-th order is of. */
function partsOf(n: number, { users, products }: History, { linesPerOrder, skewed }: HistorySize): [number, number] {
  if (skewed)
    return [
      Math.floor(skewedShare(n, Math.SQRT2) * users.length),
      Math.floor(skewedShare(n, Math.E) * products.length),
    ];
  const user = n % users.length;
  return [user, user * 7 + Math.floor(n / users.length) * linesPerOrder * 13];
}

function* placements(history: History, size: HistorySize): Generator<Write> {
  const from = Date.parse('2026-01-01T00:00:00.000Z');
  const { users, products } = history;
  for (let order = 0; order < size.orders; order += 1) {
    const [user, product] = partsOf(order, history, size);
    const orderId = newId<OrderId>();
    const items = Array.from({ length: size.linesPerOrder }, (_, line) => ({
      productId: products[(product + line * 13) % products.length]!,
      quantity: 1 + (line % 3),
      unitPrice: PRICE,
    }));
    const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    const placedAt = new Date(from + order * 1000).toISOString();
    const data = { orderId, userId: users[user]!, items, total, currency: 'EUR', placedAt };
    yield [streamOf.order(orderId), { type: 'OrderPlaced', data }];
  }
}

/**
 * Resolves when every order is decided, stands in the read model, and every page is built; what is in the shop already stays.
 * `earlier`: users and products of a fill before, who buy and are bought as well. All of them are given back.
 * `say` hears how far it is.
 */
export async function fillShop(
  shop: OwnShop,
  size: HistorySize,
  say: (line: string) => void,
  earlier: History = { users: [], products: [] },
): Promise<History> {
  const urls = shop.run.postgres.urls;
  const added: History = {
    users: Array.from({ length: size.users }, () => newId<UserId>()),
    products: Array.from({ length: size.products }, () => newId<ProductId>()),
  };
  const history: History = {
    users: [...earlier.users, ...added.users],
    products: [...earlier.products, ...added.products],
  };
  const pool = connectPool({ url: shop.adminUrl('query'), name: 'bench', max: 1, statementTimeoutMs: 0 });
  const count = async (from: string): Promise<number> =>
    (await pool.query<{ n: number }>(`select count(*)::int as n from ${from}`)).rows[0]!.n;
  const until = async (what: string, left: () => Promise<number>): Promise<void> => {
    for (let told = 0; ;) {
      const asked = performance.now();
      const open = await left();
      if (open <= 0) return;
      if (asked - told > 2_000) {
        told = asked;
        say(`${what}: ${open} to go`);
      }
      // What is counted grows: counting must not take the machine from what it waits for.
      await pause(Math.max(200, 20 * (performance.now() - asked)));
    }
  };
  await until('earlier orders decided', () => count(`read.orders_g1 where status = 'placed'`));
  const decided = `read.orders_g1 where status <> 'placed'`;
  const [products, orders] = [await count('read.products_g1'), await count(decided)];
  await Promise.all([
    appendAll('users', urls.users, signUps(added.users)),
    appendAll('products', urls.products, listings(added.products)),
  ]);
  await until('products known', async () => products + size.products - (await count('read.products_g1')));
  await appendAll('orders', urls.orders, placements(history, size));
  await until('orders decided', async () => orders + size.orders - (await count(decided)));
  const refused = await count(`read.orders_g1 where status <> 'confirmed'`);
  if (refused > 0) throw new Error(`${refused} orders were not confirmed: the bench's own history is wrong`);
  await until('pages built', () => count('read.pages_g1 where body is null'));
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
