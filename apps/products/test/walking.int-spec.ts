/** Ten thousand products, walked page by page in every order while more are listed. */
import { randomUUID } from 'node:crypto';
import { PostgresEventLog } from '@foldline/event-log';
import { newId } from '@foldline/service-kit';
import { ServiceUnderTest, StandInOwner } from '@foldline/service-runtime/testing';
import { eventually } from '@foldline/testing';
import { composeProducts } from '../src/products.module';
import { productsSettings } from '../src/products.settings';

jest.setTimeout(120_000);

const ROWS = 10_000;
const AT_ONCE = 250;
const NEW_PER_PAGE = 10;
/** Pages, after which the walk waits for what was listed meanwhile. */
const HALF_WAY = 50;
let service: ServiceUnderTest;
let orders: StandInOwner<'orders'>;
let log: PostgresEventLog;

/** Lists so many products by the log itself, with titles and prices from a small set; gives their ids. */
async function listMore(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  const { kind } = await log.append({
    writes: ids.map((productId, i) => ({
      stream: `product-${productId}`,
      expectedVersion: 0,
      events: [
        {
          type: 'ProductListed',
          data: {
            productId,
            title: `Thing ${(i * 7919) % 97}`,
            description: '',
            image: '/images/desk-lamp.svg',
            category: 'desk',
            price: (i * 7919) % 89,
            currency: 'EUR',
          },
        },
      ],
    })),
    command: { id: randomUUID() },
    metadata: { correlationId: randomUUID(), causationId: randomUUID() },
  });
  expect(kind).toBe('appended');
  return ids;
}

async function untilShown(): Promise<void> {
  const { position } = await log.head();
  await eventually(
    async () => {
      const { headers } = await service.call('GET', '/products?limit=1');
      expect(headers.get('foldline-positions')).toBe(`products=${position}`);
    },
    { timeout: 60_000 },
  );
}

const there: string[] = [];
beforeAll(async () => {
  service = await ServiceUnderTest.prepare('products', productsSettings, composeProducts);
  orders = await StandInOwner.answering(service.nats.url, 'orders');
  await service.up();
  log = new PostgresEventLog({ log: 'products', url: service.databaseUrl });
  while (there.length < ROWS) there.push(...(await listMore(AT_ONCE)));
  await untilShown();
});
afterAll(async () => {
  await log.close();
  await orders.stop();
  await service.close();
});

it.each(['newest', 'title', 'price', '-price'])('sorted by %s none is lost and none comes twice', async sort => {
  const seen: string[] = [];
  const listed: Promise<string[]>[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { status, body } = await service.call(
      'GET',
      `/products?sort=${sort}&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    expect(status).toBe(200);
    for (const { id } of body.items as { id: string }[]) seen.push(id);
    cursor = body.next as string | null;
    listed.push(listMore(NEW_PER_PAGE));
    if (listed.length !== HALF_WAY) continue;
    await Promise.all(listed);
    await untilShown();
  }
  const more = new Set((await Promise.all(listed)).flat());
  const ids = new Set(seen);
  expect(ids.size).toBe(seen.length);
  expect(there.filter(id => !ids.has(id))).toEqual([]);
  // What is newest stands before the first page that was read; in the other orders some must have come into the way.
  if (sort !== 'newest') expect(seen.filter(id => more.has(id)).length).toBeGreaterThan(0);
});
