import { connectPool, setUpDatabases, type Pool } from '@foldline/postgres';
import { eventually, postgresUrl, Proxy, testDatabase, type TestDatabase } from '@foldline/testing';
import { Runner } from '../runner/runner';
import type { Changes } from '../fold/fold-batch';
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
} from '../testing';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS } from './pg-projection-stores';
import { ServingGeneration, servingSql } from './serving';
import type { Part } from './statement';

let database: TestDatabase;
let appUrl: string;
let pool: Pool;
let proxy: Proxy;

/** The service's own role, as a service has it: it owns the schema `read` and nothing else. */
beforeAll(async () => {
  database = await testDatabase('read');
  const url = new URL(database.url);
  url.username = `${database.name}_app`;
  url.password = 'app';
  appUrl = url.toString();
  const owner = { name: `${database.name}_owner`, password: 'owner' };
  await setUpDatabases(postgresUrl(), [{ appUrl, owner, sets: [] }]);
  proxy = await Proxy.to(Number(url.port));
  pool = connectPool({ url: appUrl, name: 'projections-test', options: PROJECTION_SESSION_OPTIONS });
});
afterAll(async () => {
  await pool.end();
  await proxy.close();
  await database.drop();
});

projectionStoreContract('PostgreSQL', async () => new PgProjectionStores(pool));

const listed = (log: SampleLog, name: string): string => {
  const productId = idOf(name);
  const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
  log.append('ProductListed', `product-${productId}`, { productId, ...details });
  return productId;
};
const received = (log: SampleLog, productId: string, quantity = 1) =>
  log.append('StockReceived', `product-${productId}`, { productId, quantity });

const beside = (statement: string): Part[] => [
  { shape: `beside(${statement})`, values: [], text: () => `beside as (${statement})` },
];

describe('PostgreSQL under faults', () => {
  let generation = 1000;
  const stores = () => new PgProjectionStores(pool);

  it('a session killed between rows and checkpoint leaves neither, and the batch is applied once', async () => {
    let kills = 2;
    const store = await stores().open(sampleProjection, ++generation, {
      beside: () =>
        kills > 0 && kills--
          ? beside('update read.projections set name = name where pg_terminate_backend(pg_backend_pid())')
          : [],
    });
    const log = new SampleLog('products');
    const productId = listed(log, 'a');
    for (let i = 0; i < 10; i++) received(log, productId);
    for (const left of [1, 0]) {
      await expect(applyAll(store, log)).rejects.toThrow();
      expect(kills).toBe(left);
      expect(await store.checkpoint('products')).toBeUndefined();
      expect((await rowsOf(store)).products).toEqual([]);
    }
    await applyAll(store, log);
    expect((await rowsOf(store)).products).toMatchObject([{ received: 10 }]);
  });

  it('a runner whose answers to commits are lost applies every event once', async () => {
    const through = connectPool({ url: proxy.urlFor(appUrl), name: 'through-proxy', statementTimeoutMs: 500 });
    const store = await new PgProjectionStores(through).open(sampleProjection, ++generation);
    const log = new SampleLog('products');
    const productId = listed(log, 'b');
    const feed = new ScriptedFeed();
    const runner = new Runner(
      { sink: store, feed, reader: new SampleOwner(log) },
      { headEveryMs: 200, retryMinMs: 5, retryMaxMs: 20 },
    );
    runner.start();
    await eventually(() => expect(runner.positions().products?.position).toBe(1));
    for (let round = 0; round < 3; round++) {
      proxy.swallowReplyTo('write_');
      feed.deliver(received(log, productId), received(log, productId));
      await eventually(() => expect(runner.positions().products?.position).toBe(log.events.length));
    }
    expect(proxy.fired).toBeGreaterThanOrEqual(3);
    expect((await rowsOf(store)).products).toMatchObject([{ received: 6 }]);
    proxy.refuse();
    feed.deliver(received(log, productId));
    await eventually(() => expect(runner.status().logs[0]!.reason).toBeDefined());
    proxy.heal();
    await eventually(() => expect(runner.positions().products?.position).toBe(log.events.length));
    expect((await rowsOf(store)).products).toMatchObject([{ received: 7 }]);
    await runner.stop();
    await through.end();
  });

  it('one event whose rows the tables refuse is parked alone out of a large batch', async () => {
    const store = await stores().open(sampleProjection, ++generation);
    const log = new SampleLog('products');
    const ids = Array.from({ length: 100 }, (_, i) => listed(log, `c${i}`));
    const bad = { title: 'no\u0000text', description: '', image: 'i', category: 'c' };
    log.append('ProductDetailsChanged', `product-${ids[37]!}`, { productId: ids[37], ...bad });
    for (const productId of ids) received(log, productId);
    expect(await applyAll(store, log)).toBe(2);
    expect((await store.checkpoint('products'))?.position).toBe(201);
    expect((await store.parked()).map(({ position, reason }) => [position, reason])).toEqual([
      [101, 'the store refuses its rows (SQLSTATE 22021)'],
      [139, 'waits behind a parked event of its key'],
    ]);
    expect((await rowsOf(store)).products!.filter(row => row.received === 1)).toHaveLength(99);
  });

  it('what is kept beside the rows moves with them, and undoes them when it fails', async () => {
    await pool.query('create table read.beside (n integer not null)');
    const seen: Changes[] = [];
    let fails = false;
    const store = await stores().open(sampleProjection, ++generation, {
      beside: touched => {
        seen.push(touched);
        return beside(`insert into read.${fails ? 'nowhere' : 'beside'} select 1 from taken`);
      },
    });
    const log = new SampleLog('products');
    const productId = listed(log, 'd');
    await applyAll(store, log);
    received(log, productId, 5);
    await applyAll(store, log);
    expect(seen[1]!['products']).toMatchObject([{ key: [productId], before: { received: 0 }, after: { received: 5 } }]);
    expect(seen[1]!['purchases']).toEqual([]);
    fails = true;
    received(log, productId, 5);
    await expect(applyAll(store, log)).rejects.toThrow('relation "read.nowhere" does not exist');
    expect((await pool.query('select from read.beside')).count).toBe(2);
    expect((await rowsOf(store)).products).toMatchObject([{ received: 5 }]);
    expect((await store.checkpoint('products'))?.position).toBe(2);
  });

  it('a store restored to an older backup is followed back', async () => {
    const store = await stores().open(sampleProjection, ++generation);
    const log = new SampleLog('products');
    const productId = listed(log, 'e');
    received(log, productId);
    await applyAll(store, log);
    const [table, mine] = [`read.sample_products_g${generation}`, 'where generation = ' + generation];
    const backup = await pool.query<Record<string, unknown>>(`select * from read.checkpoints ${mine}`);
    received(log, productId);
    await applyAll(store, log);
    await pool.transaction(async tx => {
      await tx.query(`update ${table} set received = 1`);
      const { position, event_id } = backup.rows[0]!;
      await tx.query(`update read.checkpoints set position = $1, event_id = $2 ${mine}`, [position, event_id]);
      await tx.query(`update read.generations set mark = gen_random_uuid() ${mine}`);
    });
    const feed = new ScriptedFeed();
    const runner = new Runner({ sink: store, feed, reader: new SampleOwner(log) }, { headEveryMs: 200 });
    runner.start();
    received(log, productId);
    await eventually(() => expect(runner.positions().products?.position).toBe(4));
    expect((await rowsOf(store)).products).toMatchObject([{ received: 3 }]);
    await runner.stop();
  });

  it('halts when its generation was dropped', async () => {
    const store = await stores().open(sampleProjection, ++generation);
    const log = new SampleLog('products');
    listed(log, 'f');
    const runner = new Runner({ sink: store, reader: new SampleOwner(log) }, { headEveryMs: 50 });
    runner.start();
    await eventually(() => expect(runner.positions().products?.position).toBe(1));
    await pool.query('delete from read.generations where projection = $1 and generation = $2', ['sample', generation]);
    listed(log, 'g');
    await eventually(() => expect(runner.status().logs[0]).toMatchObject({ state: 'halted' }));
    expect(runner.status().logs[0]!.reason).toMatch(/does not exist any more/);
    await runner.stop();
  });

  it('no read is of two generations: one that sees the pointer move reads again', async () => {
    const projection = {
      ...sampleProjection,
      name: 'pointed',
      tables: { products: { ...sampleProjection.tables.products, name: 'pointed_products' } },
      touches: (event: Parameters<typeof sampleProjection.touches>[0]) => ({
        products: sampleProjection.touches(event).products,
      }),
    } as unknown as typeof sampleProjection;
    await stores().openServing(projection);
    await stores().open(projection, 2);
    const reads: number[] = [];
    const serving = new ServingGeneration(pool, 'pointed');
    const read = () =>
      serving.read(async of => {
        reads.push(of);
        const { rows } = await pool.query<{ serving: number; rows: number }>(
          `select ${servingSql('pointed')} as serving, (select count(*) from read.pointed_products_g${of}) as rows`,
        );
        return { serving: rows[0]!.serving, result: of };
      });
    expect(await read()).toBe(1);
    await pool.query(`update read.projections set serving = 2 where name = 'pointed'`);
    expect(await read()).toBe(2);
    await pool.query(`update read.projections set serving = 1 where name = 'pointed'`);
    await pool.query('drop table read.pointed_products_g2');
    expect(await read()).toBe(1);
    expect(reads).toEqual([1, 1, 2, 2, 1]);
  });

  it('runners of three lanes and two processes end with the same rows as one batch', async () => {
    const { products, orders } = sampleShop();
    const owner = new SampleOwner(products, orders);
    const name = ++generation;
    const runners = await Promise.all(
      [1, 2].map(async () => {
        const sink = await stores().open(sampleProjection, name);
        return new Runner({ sink, reader: owner }, { headEveryMs: 100, maxBatch: 3, pageSize: 2, held: 6 });
      }),
    );
    for (const runner of runners) runner.start();
    await eventually(() => {
      for (const runner of runners)
        expect([runner.positions().products?.position, runner.positions().orders?.position]).toEqual([
          products.events.length,
          orders.events.length,
        ]);
    });
    await Promise.all(runners.map(runner => runner.stop()));
    const once = await stores().open(sampleProjection, ++generation);
    await applyAll(once, orders);
    await applyAll(once, products);
    expect(await rowsOf(await stores().open(sampleProjection, name))).toEqual(await rowsOf(once));
  });
});
