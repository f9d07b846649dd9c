import { fingerprint } from '@foldline/projections';
import { another, applyAll, idOf, ReplayShop, sampleProjection, UNLUCKY } from '@foldline/projections/testing';
import { crashingAfter } from './testing/crashing';
import { interposed } from './testing/interposed';
import { onMongo } from './testing/on-mongo';
import { MongoProjectionStores, type Mongo } from './index';
import { putInPlace, type Committed } from './put-in-place';
import { generationId, records } from './records';

jest.setTimeout(180_000);

let mongo: Mongo;
const withMongo = onMongo(made => (mongo = made));

/** What this holds nothing is planted in: the contract does that. */
const untouched = { plant: () => Promise.reject(new Error('not here')), isThere: async () => true };
const shopOn = (of: Mongo, projection: typeof sampleProjection) =>
  new ReplayShop({ stores: () => new MongoProjectionStores(of), ...untouched }, projection);
/** As the end of the process that had it. */
const letGoOfBuild = (projection: string) =>
  records(mongo.db).projections.updateOne({ _id: projection }, { $set: { builder: null } });

withMongo('replay on MongoDB under faults', () => {
  it('a build that dies after any number of written documents is gone on with, and ends equal', async () => {
    let crashes = 0;
    for (let documents = 1, done = false; !done; documents += 3) {
      const projection = another();
      const crashing = shopOn(crashingAfter(mongo, documents).mongo, projection);
      const next = shopOn(mongo, projection);
      await next.stores.prepare();
      const settings = { workers: 1, pageSize: 7, flushEvents: () => 7 };
      try {
        await crashing.rebuild(settings);
        done = true;
      } catch (error) {
        expect((error as Error).name).toBe('CrashError');
        crashes += 1;
        await letGoOfBuild(projection.name);
        // It may have died when all was done, before it gave its right back.
        const isDone = (await next.stores.generations(projection.name)).some(({ state }) => state === 'ready');
        if (!isDone) await next.rebuild({ ...settings, pageSize: 5 + (documents % 4) });
      }
      const [made, ...more] = await next.stores.generations(projection.name);
      expect(made).toMatchObject({ state: 'ready', fingerprint: fingerprint(projection) });
      expect(more).toEqual([]);
      expect((await next.verify(made!.generation)).first).toEqual([]);
      await applyAll(await next.stores.openServing(projection), next.logs[0]!);
    }
    expect(crashes).toBeGreaterThan(10);
  });

  it('a builder that lost its right writes nothing that stays', async () => {
    const shop = await shopOn(mongo, another()).serve();
    const late = await shop.stores.beginBuild(shop.projection);
    await letGoOfBuild(shop.projection.name);
    const { generation } = await shop.rebuild();
    const [row] = await shop.rows('products', generation);
    const changes = {
      products: [{ key: [String(row!['productId'])], before: undefined, after: { ...row!, price: -1 } }],
    };
    await expect(late.write(changes, new Map())).rejects.toThrow(/somebody else builds it since/);
    await late.close();
    expect((await shop.verify(generation)).equal).toBe(true);
  });

  it('a switch that was away for too long moves nothing: the generation that served has gone on', async () => {
    const shop = await shopOn(mongo, another()).serve();
    await shop.rebuild();
    const { name } = shop.projection;
    const [products] = shop.logs;
    const goesOn = async () => {
      // The hold is over, and its holder does not know.
      const _id = generationId(name, 1);
      await records(mongo.db).generations.updateOne({ _id }, { $set: { 'hold.until': new Date(0) } });
      products!.append('StockReceived', `product-${idOf('shop product 0')}`, {
        productId: idOf('shop product 0'),
        quantity: 2,
      });
      await applyAll(await shop.stores.reopen(shop.projection, 1), products!);
    };
    const moves = (_: unknown, { $set }: { $set?: object }) => $set !== undefined && 'serving' in $set;
    const away = new MongoProjectionStores(interposed(mongo, 'read.projections', 'updateOne', moves as never, goesOn));
    await expect(away.switchTo(name, 2, { waitMs: 50 })).rejects.toThrow(/is behind the one that serves/);
    expect(await shop.serving()).toBe(1);
    await applyAll(await shop.stores.reopen(shop.projection, 2), products!);
    await shop.stores.switchTo(name, 2, { waitMs: 1000 });
    expect(await shop.serving()).toBe(2);
  });

  it('a drop that died half way is finished by whoever comes next', async () => {
    for (let documents = 1, done = false; !done; documents += 1) {
      const shop = await shopOn(mongo, another()).serve();
      await shop.rebuild();
      const crashing = new MongoProjectionStores(crashingAfter(mongo, documents).mongo);
      await crashing.drop(shop.projection.name, 2).then(
        () => (done = true),
        (error: Error) => expect(error.name).toBe('CrashError'),
      );
      await shop.stores.openServing(shop.projection);
      expect(await shop.stores.generations(shop.projection.name)).toMatchObject([{ generation: 1 }]);
      const there = (await mongo.db.listCollections().toArray()).map(({ name }) => name);
      expect(there).not.toContain(`read.${shop.projection.tables.products.name}_g2`);
      expect(await shop.rebuild()).toMatchObject({ generation: 3 });
    }
  });

  it('a write that comes late does not park again what was redriven', async () => {
    const shop = await shopOn(mongo, another()).serve();
    const [products] = shop.logs;
    const stock = (quantity: number) =>
      products!.append('StockReceived', `product-${idOf('shop product 0')}`, {
        productId: idOf('shop product 0'),
        quantity,
      });
    stock(UNLUCKY);
    const _id = generationId(shop.projection.name, 1);
    let seen: Committed | undefined;
    const look = async () => {
      const { turn, mark, pending } = (await records(mongo.db).generations.findOne({ _id }))!;
      seen = { turn, mark, pending: pending! };
    };
    const watched = new MongoProjectionStores(interposed(mongo, 'read.parked', 'insertMany', () => true, look));
    const serving = await watched.reopen(shop.projection, 1);
    expect(await applyAll(serving, products!)).toBe(1);
    const mended: typeof shop.projection = {
      ...shop.projection,
      project: (views, event) => {
        if (event.type !== 'StockReceived' || event.data.quantity !== UNLUCKY) shop.projection.project(views, event);
      },
    };
    expect(await shop.stores.redrive(mended, 1)).toEqual({ applied: 1, parked: [] });
    await putInPlace(mongo.db, 1, seen!);
    expect(await serving.parked()).toEqual([]);
    stock(3);
    expect(await applyAll(serving, products!)).toBe(0);
  });
});
