import { setTimeout as pause } from 'node:timers/promises';
import { Runner, type ProjectionStore } from '@foldline/projections';
import {
  applyAll,
  idOf,
  projectionStoreContract,
  rowsOf,
  SampleLog,
  SampleOwner,
  sampleProjection,
  sampleShop,
  ScriptedFeed,
} from '@foldline/projections/testing';
import { eventually, mongoKind, startOwnMongo } from '@foldline/testing';
import { crashingAfter } from './testing/crashing';
import { onMongo } from './testing/on-mongo';
import { connectMongo, MongoProjectionStores, SteadyReads, type Mongo } from './index';
import { putInPlace } from './put-in-place';
import { records } from './records';

jest.setTimeout(120_000);

let mongo: Mongo;
const withMongo = onMongo(made => (mongo = made));

const stores = (of = mongo) => new MongoProjectionStores(of);
const listed = (log: SampleLog, name: string): string => {
  const productId = idOf(name);
  const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
  log.append('ProductListed', `product-${productId}`, { productId, ...details });
  return productId;
};
const received = (log: SampleLog, productId: string, quantity = 1) =>
  log.append('StockReceived', `product-${productId}`, { productId, quantity });
/** Everything that a generation holds, but for what differs from run to run. */
const whole = async (store: ProjectionStore) => ({
  rows: await rowsOf(store),
  parked: (await store.parked()).map(({ position, key, reason, event }) => ({ position, key, reason, event })),
});

withMongo('the store on MongoDB', () => projectionStoreContract('MongoDB', async () => stores()));

withMongo('MongoDB under faults', () => {
  let generation = 1000;

  it('a crash after any number of written documents ends equal, whoever goes on and in whatever batches', async () => {
    const { products, orders } = sampleShop();
    received(products, idOf('nobody'));
    const once = await stores().open(sampleProjection, ++generation);
    await applyAll(once, products);
    await applyAll(once, orders);
    const expected = await whole(once);
    expect(expected.parked).toHaveLength(1);
    let crashes = 0;
    for (let documents = 0, done = false; !done; documents += 1) {
      await stores().open(sampleProjection, ++generation);
      const crashing = crashingAfter(mongo, documents);
      const first = await stores(crashing.mongo).open(sampleProjection, generation);
      try {
        await applyAll(first, products);
        await applyAll(first, orders, 12);
        done = true;
      } catch (error) {
        expect((error as Error).name).toBe('CrashError');
        expect(crashing.written()).toBe(documents);
        crashes += 1;
      }
      const next = await stores().open(sampleProjection, generation);
      await applyAll(next, products, 1 + (documents % 7));
      await applyAll(next, orders, 1 + (documents % 5));
      expect(await whole(next)).toEqual(expected);
    }
    expect(crashes).toBeGreaterThan(20);
  });

  it('8 writers of one generation apply every event once between them', async () => {
    const log = new SampleLog('products');
    const productId = listed(log, 'raced');
    for (let i = 0; i < 60; i++) received(log, productId);
    ++generation;
    const writers = await Promise.all(Array.from({ length: 8 }, () => stores().open(sampleProjection, generation)));
    let moved = 0;
    await Promise.all(
      writers.map(async (store, writer) => {
        for (;;) {
          const from = await store.checkpoint('products');
          const at = from?.position ?? 0;
          if (at === log.events.length) return;
          const start = { incarnation: log.incarnation, position: 0, eventId: '' };
          const events = log.events.slice(at, at + 1 + (writer % 3));
          if ((await store.apply({ log: 'products', from: from ?? start, events })).kind === 'moved') moved += 1;
        }
      }),
    );
    expect(moved).toBeGreaterThan(0);
    expect((await rowsOf(writers[0]!)).products).toMatchObject([{ received: 60, version: 61 }]);
  });

  it('a write that comes late changes nothing: neither newer rows nor rows deleted since', async () => {
    const store = await stores().open(sampleProjection, ++generation);
    const { products, orders } = sampleShop();
    await applyAll(store, products);
    const cancelled = orders.events.findIndex(({ type }) => type === 'OrderCancelled');
    const until = (to: number) => {
      const log = new SampleLog('orders');
      log.events.push(...orders.events.slice(0, to));
      return log;
    };
    await applyAll(store, until(cancelled - 1));
    const seen: Parameters<typeof putInPlace>[2][] = [];
    for (const to of [cancelled, cancelled + 1, orders.events.length]) {
      const crashing = crashingAfter(mongo, 1);
      const slow = await stores(crashing.mongo).open(sampleProjection, generation);
      await expect(applyAll(slow, until(to))).rejects.toThrow();
      const { turn, mark, pending } = (await records(mongo.db).generations.findOne({ _id: `sample_g${generation}` }))!;
      if (pending) seen.push({ turn, mark, pending });
      await applyAll(store, until(to));
    }
    const expected = await whole(store);
    expect(seen.length).toBeGreaterThan(1);
    for (const late of seen.toReversed()) await putInPlace(mongo.db, generation, late);
    expect(await whole(store)).toEqual(expected);
  });

  it('halts when its generation was dropped', async () => {
    const store = await stores().open(sampleProjection, ++generation);
    const log = new SampleLog('products');
    listed(log, 'f');
    const runner = new Runner({ sink: store, reader: new SampleOwner(log) }, { headEveryMs: 50 });
    runner.start();
    await eventually(() => expect(runner.positions().products?.position).toBe(1));
    await records(mongo.db).generations.deleteOne({ _id: `sample_g${generation}` });
    listed(log, 'g');
    await eventually(() => expect(runner.status().logs[0]).toMatchObject({ state: 'halted' }));
    expect(runner.status().logs[0]!.reason).toMatch(/does not exist any more/);
    await runner.stop();
  });

  it('a write that the store has forgotten is taken back, and done again', async () => {
    const log = new SampleLog('products');
    const [kept, gone] = [listed(log, 'kept'), idOf('gone')];
    const store = await stores().open(sampleProjection, ++generation);
    await applyAll(store, log);
    const _id = `sample_g${generation}`;
    const backup = (await records(mongo.db).generations.findOne({ _id }))!;
    received(log, kept, 5);
    listed(log, 'gone');
    // The record of the generation comes back as it was before, while the rows are on their way.
    const forgetful = new Proxy(mongo.db, {
      get: (target, name: keyof Mongo['db']) =>
        name !== 'collection'
          ? target[name]
          : (of: string) =>
              new Proxy(target.collection(of), {
                get(collection, method: 'bulkWrite') {
                  const value: unknown = collection[method];
                  if (typeof value !== 'function') return value;
                  if (method !== 'bulkWrite' || forgot) return value.bind(collection);
                  return async (...args: Parameters<typeof collection.bulkWrite>) => {
                    forgot = true;
                    await records(mongo.db).generations.replaceOne({ _id }, backup);
                    return collection.bulkWrite(...args);
                  };
                },
              }),
    });
    let forgot = false;
    const unlucky = await stores({ ...mongo, db: forgetful }).open(sampleProjection, generation);
    await expect(applyAll(unlucky, log)).rejects.toThrow(/came back older/);
    expect((await rowsOf(store)).products).toMatchObject([{ productId: kept, received: 0 }]);
    await applyAll(unlucky, log);
    const rows = (await rowsOf(store)).products!;
    expect(new Map(rows.map(row => [row.productId, row.received]))).toEqual(
      new Map([
        [kept, 5],
        [gone, 0],
      ]),
    );
  });

  it('reads are of one write each, while writes go on', async () => {
    const projection = {
      ...sampleProjection,
      name: 'steady',
      tables: {
        ...sampleProjection.tables,
        products: { ...sampleProjection.tables.products, name: 'steady_products' },
      },
    } as typeof sampleProjection;
    const store = await stores().openServing(projection);
    const log = new SampleLog('products');
    const pair = [listed(log, 'left'), listed(log, 'right')];
    await applyAll(store, log);
    const slow = crashingAfter(mongo, Infinity).mongo;
    const reads = new SteadyReads(slow.db, 'steady');
    let [writing, checked] = [true, 0];
    const reader = async () => {
      while (writing) {
        const { rows, position } = await reads.read(async view => {
          const left = await view.byId(projection.tables.products, [pair[0]!]);
          await pause(1);
          const right = await view.byId(projection.tables.products, [pair[1]!]);
          return { rows: [...left.values(), ...right.values()], position: view.checkpoints.products!.position };
        });
        expect(rows.map(({ received }) => received)).toEqual([(position - 2) / 2, (position - 2) / 2]);
        checked += 1;
      }
    };
    const writer = async () => {
      for (let n = 0; n < 60; n += 1) {
        for (const productId of pair) received(log, productId);
        await applyAll(store, log);
        await pause(n % 5);
      }
      writing = false;
    };
    await Promise.all([writer(), reader(), reader()]);
    expect(checked).toBeGreaterThan(20);
  });
});

(['mongod', 'java'].includes(mongoKind() ?? '') ? describe : describe.skip)('a MongoDB that is killed', () => {
  it('comes back, older or not, and is followed back: every event is applied once', async () => {
    const server = await startOwnMongo();
    const own = await connectMongo(`${server.url}read`, { name: 'killed', timeoutMs: 2_000 });
    const store = await stores(own).open(sampleProjection, 1);
    const log = new SampleLog('products');
    const productId = listed(log, 'killed');
    const feed = new ScriptedFeed();
    const runner = new Runner(
      { sink: store, feed, reader: new SampleOwner(log) },
      { headEveryMs: 200, retryMinMs: 20, retryMaxMs: 100 },
    );
    // The stand-in writes to its file once a second; a kill takes what came after that, and must not take everything.
    await pause(2_000);
    try {
      runner.start();
      for (let round = 0; round < 2; round += 1) {
        for (let n = 0; n < 100; n += 1) {
          feed.deliver(received(log, productId));
          if (n % 10 === 0) await pause(15);
        }
        server.kill();
        feed.deliver(received(log, productId));
        await server.start();
        feed.deliver(received(log, productId));
        const back = () => {
          const { reason } = runner.status().logs[0]!;
          expect({ reason, position: runner.positions().products?.position }).toEqual({
            position: log.events.length,
          });
        };
        await eventually(back, { timeout: 10_000 });
        expect((await store.checkpoint('products'))?.position).toBe(log.events.length);
        expect((await rowsOf(store)).products).toMatchObject([{ received: log.events.length - 1 }]);
      }
    } finally {
      await runner.stop();
      await own.close();
      await server.remove();
    }
  });
});
