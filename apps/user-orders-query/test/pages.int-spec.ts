/** Ready pages change nothing but speed: whatever happens in whatever order, an answer is the one that the rows give. */
import * as fc from 'fast-check';
import { setTimeout as pause } from 'node:timers/promises';
import { PgProjectionStores } from '@foldline/projections';
import { LOGS, type StoredEvent } from '@foldline/contracts';
import { emptyAllUnlessLevel } from '../src/pages/page-emptying';
import { updateNextChunk } from '../src/pages/page-fanout';
import { keepPages, type Offer } from '../src/pages/page-keeping';
import { pageFinding } from '../src/pages/page-finding';
import { PageBuilding } from '../src/pages/page-building';
import { PgReadyPages } from '../src/pages/pg-ready-pages';
import type { FoundPage, ReadyPages } from '../src/pages/ready-pages';
import { idOf, ShopHistory } from '../src/projection/shop-history';
import { anyHistory, interleavings } from '../src/projection/shop-history.arbitrary';
import { userOrders } from '../src/projection/user-orders.project';
import { PurchaseAnswers } from '../src/query/purchase-answers';
import { PgReadStore } from '../src/stores/postgres/pg-read-store';
import { TestReadModel } from './read-model';

jest.setTimeout(120_000);

const cursor = (userId: string, { at, id }: { at: string; id: string }): string => `${userId} ${at} ${id}`;

let model: TestReadModel;
let store: PgReadStore;
let fromRows: PurchaseAnswers;
beforeAll(async () => {
  model = await TestReadModel.make();
  store = new PgReadStore(model.pool);
  fromRows = new PurchaseAnswers(store, cursor);
});
afterAll(() => model.close());
beforeEach(() => model.clear());

const askedOf = (user: number) => ({ userId: idOf('user', user) as string, callerId: null, limit: 20, after: null });
/** As much of an answer as a client sees. */
const seen = ({ body, positions, user }: Awaited<ReturnType<PurchaseAnswers['answer']>>) => ({ body, positions, user });

/** Pages whose offers are kept when the test says so, however late. */
class PagesByHand implements ReadyPages {
  readonly offers: Offer[] = [];
  hits = 0;
  private readonly finding = pageFinding(model.pool);
  async find(userId: string): Promise<FoundPage> {
    const found = await this.finding.ask(userId);
    if (found.body !== null) this.hits += 1;
    return found;
  }
  offer(userId: string, { version }: FoundPage, body: string): void {
    this.offers.push({ userId, version, body });
  }
}

const count = async (sql: string): Promise<number> => (await model.pool.query<{ n: number }>(sql)).rows[0]!.n;

/** Three buyers of product 1, whose pages are all ready. */
async function threeBuyers(): Promise<{ answers: PurchaseAnswers; pages: PagesByHand; history: ShopHistory }> {
  const history = new ShopHistory().listed(1).listed(2);
  for (const user of [1, 2, 3])
    history
      .signedUp(user)
      .placedOrder(user, user, [{ product: 1, quantity: user, unitPrice: 100 }], user)
      .confirmed(user);
  for (const log of LOGS) await model.apply(history.logs[log]);
  const pages = new PagesByHand();
  const answers = new PurchaseAnswers(store, cursor, pages);
  for (const user of [1, 2, 3]) await answers.answer(askedOf(user));
  expect(pages.hits).toBe(0);
  expect(await keepPages(model.pool, 1, pages.offers.splice(0))).toBe(3);
  return { answers, pages, history };
}
const applyNew = async (history: ShopHistory, log: 'products' | 'orders', known: number) =>
  model.apply(history.logs[log].slice(known));

it('a page is used once it is kept, and is what the rows say', async () => {
  const { answers, pages } = await threeBuyers();
  const answer = await answers.answer(askedOf(2));
  expect(pages.hits).toBe(1);
  expect(seen(answer)).toEqual(seen(await fromRows.answer(askedOf(2))));
  expect(JSON.parse(answer.body)).toEqual({
    items: [
      {
        productId: idOf('product', 1),
        title: 'Product 1',
        image: '/images/1.svg',
        price: { amount: 100, currency: 'EUR' },
        quantity: 2,
        spent: { amount: 200, currency: 'EUR' },
        firstPurchasedAt: ShopHistory.at(2),
        lastPurchasedAt: ShopHistory.at(2),
        orderCount: 1,
      },
    ],
    pending: 0,
    next: null,
  });
});

it('a page made from rows before an order is refused after it', async () => {
  const { answers, pages, history } = await threeBuyers();
  await model.pool.query('update read.pages_g1 set body = null');
  await answers.answer(askedOf(1));
  history.placedOrder(9, 1, [{ product: 2, quantity: 1, unitPrice: 5 }], 50);
  await applyNew(history, 'orders', 6);
  expect(await keepPages(model.pool, 1, pages.offers)).toBe(0);
  expect(JSON.parse((await answers.answer(askedOf(1))).body).pending).toBe(1);
});

it('a page made before a renaming is refused after its fan-out, also where no page was stored', async () => {
  const { answers, pages, history } = await threeBuyers();
  await model.pool.query('update read.pages_g1 set body = null');
  await model.pool.query('delete from read.pages_g1 where user_id = $1', [idOf('user', 2)]);
  for (const user of [1, 2]) await answers.answer(askedOf(user));
  history.retitled(1, 'Renamed');
  await applyNew(history, 'products', 2);
  expect(await updateNextChunk(model.pool, 1)).toBe(true);
  expect(await keepPages(model.pool, 1, pages.offers)).toBe(0);
});

it('while a fan-out is half done every page shows the new title, whether it has come to it or not', async () => {
  const { answers, pages, history } = await threeBuyers();
  const title = 'Re"named\\,"quantity":é€ 🎈';
  history.retitled(1, title).repriced(1, 999);
  await applyNew(history, 'products', 2);
  for (let left = 3; left >= 0; left -= 1) {
    for (const user of [1, 2, 3]) {
      const answer = await answers.answer(askedOf(user));
      expect(JSON.parse(answer.body).items[0]).toMatchObject({ title, price: { amount: 999, currency: 'EUR' } });
      expect(seen(answer)).toEqual(seen(await fromRows.answer(askedOf(user))));
    }
    expect(await updateNextChunk(model.pool, 1, 1)).toBe(true);
  }
  expect(await updateNextChunk(model.pool, 1, 1)).toBe(false);
  expect(seen(await answers.answer(askedOf(3)))).toEqual(seen(await fromRows.answer(askedOf(3))));
  expect(pages.hits).toBe(13);
});

it('a fan-out cut off in the middle of a chunk goes on at its beginning', async () => {
  const { history } = await threeBuyers();
  const renamed = (): Promise<number> =>
    count(`select count(*)::int as n from read.pages_g1 where body like '%"Renamed"%'`);
  history.retitled(1, 'Renamed');
  await applyNew(history, 'products', 2);
  expect(await updateNextChunk(model.pool, 1, 2)).toBe(true);
  await model.pool.query(`
    create function read.fail() returns trigger language plpgsql as $$ begin raise 'crash'; end $$;
    create trigger crash before delete on read.page_fanouts_g1 execute function read.fail()`);
  await expect(updateNextChunk(model.pool, 1, 2)).rejects.toThrow('crash');
  expect(await renamed()).toBe(2);
  await model.pool.query('drop function read.fail cascade');
  expect(await updateNextChunk(model.pool, 1, 2)).toBe(true);
  expect(await renamed()).toBe(3);
  expect(await count('select count(*)::int as n from read.page_fanouts_g1')).toBe(0);
});

it('a purchase that is known before its product is shown without title, and never kept as a page', async () => {
  const history = new ShopHistory().signedUp(1).listed(1);
  history.placedOrder(1, 1, [{ product: 1, quantity: 1, unitPrice: 100 }], 1).confirmed(1);
  await model.apply(history.logs.users);
  await model.apply(history.logs.orders);
  const pages = new PagesByHand();
  const answers = new PurchaseAnswers(store, cursor, pages);
  const early = await answers.answer(askedOf(1));
  expect(early.incomplete).toBe(true);
  expect(JSON.parse(early.body).items[0]).toMatchObject({ title: null, image: null, price: null, quantity: 1 });
  expect(pages.offers).toEqual([]);
  await model.apply(history.logs.products);
  expect((await answers.answer(askedOf(1))).body).toContain('"title":"Product 1"');
});

it('a write that empties no pages makes all of them unusable, until they are emptied', async () => {
  const { answers, pages, history } = await threeBuyers();
  await answers.answer(askedOf(1));
  expect(pages.hits).toBe(1);
  history.placedOrder(9, 1, [{ product: 2, quantity: 1, unitPrice: 5 }], 50);
  const stores = new PgProjectionStores(model.pool);
  const from = (await model.store.checkpoint('orders'))!;
  await (await stores.openServing(userOrders)).apply({ log: 'orders', from, events: history.logs.orders.slice(6) });
  expect(JSON.parse((await answers.answer(askedOf(1))).body).pending).toBe(1);
  expect(pages.hits).toBe(1);
  expect(await emptyAllUnlessLevel(model.pool, 1)).toBe(true);
  expect(await emptyAllUnlessLevel(model.pool, 1)).toBe(false);
  expect(await keepPages(model.pool, 1, pages.offers.splice(0))).toBe(0);
  await answers.answer(askedOf(1));
  expect(await keepPages(model.pool, 1, pages.offers)).toBe(1);
  expect(JSON.parse((await answers.answer(askedOf(1))).body).pending).toBe(1);
  expect(pages.hits).toBe(2);
});

it('in any history, with readers, offers however late, builders and fan-outs in between, every answer is that of the rows', async () => {
  type Step = { kind: 'read'; user: number } | { kind: 'keep'; take: number } | { kind: 'fan-out' | 'build' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('read' as const), user: fc.integer({ min: 1, max: 3 }) }), weight: 5 },
    { arbitrary: fc.record({ kind: fc.constant('keep' as const), take: fc.integer({ min: 1, max: 3 }) }), weight: 3 },
    { arbitrary: fc.record({ kind: fc.constantFrom('fan-out' as const, 'build' as const) }), weight: 3 },
  );
  const runs = anyHistory.chain(history =>
    fc.tuple(interleavings(history), fc.infiniteStream(fc.array(step, { minLength: 3, maxLength: 9 }))),
  );
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(runs, async ([batches, turns]) => {
      await model.clear();
      const pages = new PagesByHand();
      const answers = new PurchaseAnswers(store, cursor, pages);
      const building = new PageBuilding(model.pool, 1, answers.page);
      for (const batch of batches) {
        await model.apply(batch);
        for (const step of turns.next().value!) {
          if (step.kind === 'read')
            expect(seen(await answers.answer(askedOf(step.user)))).toEqual(
              seen(await fromRows.answer(askedOf(step.user))),
            );
          else if (step.kind === 'keep') await keepPages(model.pool, 1, pages.offers.splice(0, step.take));
          else if (step.kind === 'fan-out') await updateNextChunk(model.pool, 1, 1);
          else await building.buildNextChunk();
        }
      }
      hits += pages.hits;
    }),
    { numRuns: 30, endOnFailure: true },
  );
  expect(hits).toBeGreaterThan(5);
});

it('under concurrent writers, readers and background work, answers of the same positions are the same', async () => {
  const { history } = await threeBuyers();
  const pages = new PgReadyPages(model.pool, model.pool);
  const answers = new PurchaseAnswers(store, cursor, pages);
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const work = pages.start({ generation: 1, make: answers.page, idle: () => true, onError });
  let writing = true;
  const write = async (): Promise<void> => {
    let [orders, products] = [6, 2];
    for (let n = 10; n < 130; n += 1) {
      if (n % 3 === 0) history.retitled(1, `Title ${n}`);
      else history.placedOrder(n, (n % 3) + 1, [{ product: 1, quantity: 1, unitPrice: 1 }], n).confirmed(n);
      const fresh: StoredEvent[][] = [history.logs.orders.slice(orders), history.logs.products.slice(products)];
      [orders, products] = [history.logs.orders.length, history.logs.products.length];
      await Promise.all(fresh.map(events => model.apply(events)));
      await pause(5);
    }
    writing = false;
  };
  let compared = 0;
  const read = async (user: number): Promise<void> => {
    while (writing) {
      const [a, b] = [await answers.answer(askedOf(user)), await fromRows.answer(askedOf(user))];
      if (JSON.stringify(a.positions) !== JSON.stringify(b.positions)) continue;
      expect(a.body).toBe(b.body);
      compared += 1;
    }
  };
  await Promise.all([write(), read(1), read(2), read(3), read(1)]);
  await Promise.all([work.stop(), pages.stop()]);
  expect(errors).toEqual([]);
  expect(compared).toBeGreaterThan(100);
  expect(pages.counts.hits).toBeGreaterThan(0);
});
