/** Whatever changes a read model may die after any of its writes: what it left is one state or the next, and the same command ends it. */
import type { Row } from '@foldline/projections';
import { another, applyAll, idOf, ReplayShop, sampleProjection, UNLUCKY } from '@foldline/projections/testing';
import { crashingAfter } from './testing/crashing';
import { onMongo } from './testing/on-mongo';
import { MongoProjectionStores, type Mongo } from './index';
import { records } from './records';

jest.setTimeout(180_000);

let mongo: Mongo;
const withMongo = onMongo(made => (mongo = made));

/** What this holds nothing is planted in: the contract does that. */
const untouched = { plant: () => Promise.reject(new Error('not here')), isThere: async () => true };
const shopOn = (of: Mongo) => new ReplayShop({ stores: () => new MongoProjectionStores(of), ...untouched }, another());
const productId = idOf('shop product 0');

const received = ({ logs }: ReplayShop, quantity: number) =>
  logs[0]!.append('StockReceived', `product-${productId}`, { productId, quantity });

/** As the time after which others go on. */
const endHolds = ({ projection }: ReplayShop) =>
  records(mongo.db).generations.updateMany(
    { projection: projection.name, hold: { $ne: null } },
    { $set: { 'hold.until': new Date(0) } },
  );

/** `work` is done as often as it has writes: each time it dies one of them later; then `check` looks at what it left. */
async function dyingAtEach(
  prepare: () => Promise<ReplayShop>,
  work: (stores: MongoProjectionStores, shop: ReplayShop) => Promise<unknown>,
  check: (shop: ReplayShop, died: boolean) => Promise<void>,
): Promise<number> {
  for (let documents = 0; ; documents += 1) {
    const shop = await prepare();
    const crashing = crashingAfter(mongo, documents);
    const died = await work(new MongoProjectionStores(crashing.mongo), shop).then(
      () => false,
      (error: Error) => error.name === 'CrashError' || Promise.reject(error),
    );
    await endHolds(shop);
    await check(shop, died);
    if (!died) return documents;
  }
}

withMongo('what dies half way', () => {
  const rebuilt = async () => {
    const shop = await shopOn(mongo).serve();
    await shop.rebuild();
    return shop;
  };
  /** Both generations are kept, whichever serves, and hold what the logs say. */
  const goesOn = async (shop: ReplayShop): Promise<void> => {
    received(shop, 3);
    for (const generation of [1, 2]) {
      await applyAll(await shop.stores.reopen(shop.projection, generation), shop.logs[0]!);
      expect((await shop.verify(generation)).first).toEqual([]);
    }
  };

  it('a switch serves the one or the other generation, both are written on, and it can be done again', async () => {
    const writes = await dyingAtEach(
      rebuilt,
      (stores, { projection }) => stores.switchTo(projection.name, 2, { waitMs: 1000 }),
      async (shop, died) => {
        expect([1, 2]).toContain(await shop.serving());
        if (!died) expect(await shop.serving()).toBe(2);
        await goesOn(shop);
        await shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 });
        expect(await shop.serving()).toBe(2);
      },
    );
    expect(writes).toBeGreaterThan(2);
  });

  it('a redrive has applied an event and let go of it, or neither', async () => {
    const fixed = ({ projection }: ReplayShop): typeof sampleProjection => ({
      ...projection,
      project: (views, event) => {
        if (event.type !== 'StockReceived' || event.data.quantity !== UNLUCKY) return projection.project(views, event);
        const before = views.products.get(event.data.productId)!;
        const { recordedAt, version } = event;
        views.products.put({ ...before, received: before.received + UNLUCKY, recordedAt, version });
      },
    });
    const stock = async (shop: ReplayShop) =>
      Number((await shop.rows('products', 1)).find(row => row['productId'] === productId)!['received']);
    let before = 0;
    const parked = async () => {
      const shop = await shopOn(mongo).serve();
      before = await stock(shop);
      for (const quantity of [UNLUCKY, 20, 1]) received(shop, quantity);
      await applyAll(await shop.stores.reopen(shop.projection, 1), shop.logs[0]!);
      return shop;
    };
    const writes = await dyingAtEach(
      parked,
      (stores, shop) => stores.redrive(fixed(shop), 1),
      async shop => {
        await shop.stores.redrive(fixed(shop), 1);
        const serving = await shop.stores.reopen(shop.projection, 1);
        expect([await serving.parked(), await stock(shop)]).toEqual([[], before + UNLUCKY + 21]);
        received(shop, 5);
        expect(await applyAll(serving, shop.logs[0]!)).toBe(0);
        expect(await stock(shop)).toBe(before + UNLUCKY + 26);
      },
    );
    expect(writes).toBeGreaterThan(4);
  });

  it("a subject's rows are as they were or right, and are right when it is done again", async () => {
    const put = (stores: ReplayShop['stores'], shop: ReplayShop) =>
      stores.repair(shop.projection, 1, { purchases: 'productId' }, productId, async at => {
        const fresh = shop.freshFold();
        await fresh.followTo(at);
        return function* (table): Iterable<Row> {
          for (const row of fresh.memory[table]!.sorted()) if (row['productId'] === productId) yield row;
        };
      });
    const spoiled = async () => {
      const shop = await shopOn(mongo).serve();
      await mongo.db
        .collection(`read.${shop.projection.tables.purchases.name}_g1`)
        .updateMany({ productId }, { $inc: { spent: 1 } });
      expect((await shop.verify(1)).equal).toBe(false);
      return shop;
    };
    const writes = await dyingAtEach(spoiled, put, async shop => {
      await put(shop.stores, shop);
      received(shop, 3);
      await applyAll(await shop.stores.reopen(shop.projection, 1), shop.logs[0]!);
      expect((await shop.verify(1)).first).toEqual([]);
    });
    expect(writes).toBeGreaterThan(4);
  });
});
