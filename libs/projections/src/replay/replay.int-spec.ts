import { connectPool, Connection, setUpDatabases, type Pool } from '@foldline/postgres';
import { postgresUrl, testDatabase, type TestDatabase } from '@foldline/testing';
import { GenerationSnapshot } from '../postgres/generation-snapshot';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS } from '../postgres/pg-projection-stores';
import { redriveParked, repairScope } from '../postgres/repair';
import { fingerprint } from '../store/fingerprint';
import { applyAll, idOf, SampleOwner, sampleProjection, sampleShop, UNLUCKY } from '../testing';
import type { LogReader } from '../ports';
import { compareSides, type Comparison } from './compare';
import { FreshFold } from './follow-logs';
import { DEFAULT_REBUILD, Rebuild, type RebuildSettings } from './rebuild';

let database: TestDatabase;
let url: string;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase('replay');
  const app = new URL(database.url);
  [app.username, app.password] = [`${database.name}_app`, 'app'];
  url = app.toString();
  const owner = { name: `${database.name}_owner`, password: 'owner' };
  await setUpDatabases(postgresUrl(), [{ appUrl: url, owner, sets: [] }]);
  pool = connectPool({ url, name: 'replay-test', max: 8, options: PROJECTION_SESSION_OPTIONS });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

let numbered = 0;
/** A projection of its own for each test, so that generations of one test are not another's. */
const another = (revision = 1, name = `sample-${++numbered}`): typeof sampleProjection => ({
  ...sampleProjection,
  name,
  revision,
  tables: {
    products: { ...sampleProjection.tables.products, name: `${name}_products` },
    purchases: { ...sampleProjection.tables.purchases, name: `${name}_purchases` },
  },
});

const signal = new AbortController().signal;
const follow = { pageSize: 50, ahead: 2, signal, onWaiting: () => {} };

class Shop {
  readonly logs = Object.values(sampleShop());
  readonly owner = new SampleOwner(...this.logs);
  readonly stores: PgProjectionStores;

  constructor(readonly projection = another()) {
    this.stores = new PgProjectionStores(pool, [{ projection }], () =>
      Connection.open({ url, name: `rebuild ${projection.name} in a test` }),
    );
  }

  async serve(): Promise<this> {
    await this.stores.prepare();
    const store = await this.stores.openServing(this.projection);
    for (const log of this.logs) await applyAll(store, log);
    return this;
  }

  async rebuild(settings: Partial<RebuildSettings> = {}, reader: LogReader = this.owner) {
    const build = await this.stores.beginBuild(this.projection);
    try {
      const how = {
        ...DEFAULT_REBUILD,
        pageSize: 20,
        flushEvents: () => 40,
        signal,
        onProgress: () => {},
        ...settings,
      };
      return { generation: build.generation, ...(await new Rebuild(this.projection, build, reader, how).run()) };
    } finally {
      await build.close();
    }
  }

  /** A generation against a fresh fold at the same positions. */
  verify(generation: number): Promise<Comparison> {
    return pool.transaction(async tx => {
      const snapshot = await GenerationSnapshot.take(tx, this.projection, generation);
      const fresh = new FreshFold(this.projection, this.owner, follow);
      await fresh.followTo(snapshot.positions);
      return compareSides(this.projection, snapshot, fresh);
    }, 'repeatable read');
  }

  table(name: 'products' | 'purchases', generation: number): string {
    return `read."${this.projection.tables[name].name}_g${generation}"`;
  }
}

describe('rebuild', () => {
  it('ends equal to the serving generation and to a fresh fold', async () => {
    const shop = await new Shop().serve();
    const { generation, kind } = await shop.rebuild();
    expect([generation, kind]).toEqual([2, 'finished']);
    const [first, second] = [await shop.verify(1), await shop.verify(2)];
    expect(first.equal && second.equal).toBe(true);
    expect(second.tables.reduce((sum, { left }) => sum + left, 0)).toBeGreaterThan(5);
    expect((await shop.stores.generations(shop.projection.name))[1]).toMatchObject({ state: 'ready', serving: false });
  });

  it('ends also where the logs never stand still, and the rest is applied from exactly there', async () => {
    const shop = await new Shop().serve();
    const [growing] = shop.logs.filter(({ log }) => log === 'products');
    const known = growing!.events.find(({ type }) => type === 'StockReceived')!;
    const busy: LogReader = {
      head: (log, at) => {
        if (log === 'products') growing!.append(known.type, known.stream, known.data);
        return shop.owner.head(log, at);
      },
      read: (log, after, limit) => shop.owner.read(log, after, limit),
    };
    const { generation, kind } = await shop.rebuild({}, busy);
    expect(kind).toBe('finished');
    const store = await shop.stores.reopen(shop.projection, generation);
    const reached = (await store.checkpoint('products'))!;
    expect(reached.position).toBeLessThan(growing!.events.length);
    const events = growing!.events.slice(reached.position);
    expect(await store.apply({ log: 'products', from: reached, events })).toMatchObject({ kind: 'applied' });
    expect((await shop.verify(generation)).equal).toBe(true);
  });

  it('goes on where it was cut off, at any write, and ends the same', async () => {
    const shop = await new Shop().serve();
    const total = shop.logs.reduce((sum, { events }) => sum + events.length, 0);
    let read = 0;
    let cuts = 0;
    const counting: LogReader = {
      head: log => shop.owner.head(log),
      read: async (log, after, limit) => {
        const page = await shop.owner.read(log, after, limit);
        read += page.length;
        return page;
      },
    };
    for (let done = false; !done && cuts < 100;) {
      const build = await shop.stores.beginBuild(shop.projection);
      const dying = {
        generation: build.generation,
        resumed: build.resumed,
        checkpoints: () => build.checkpoints(),
        rows: (table: string) => build.rows(table),
        close: () => build.close(),
        finish: () => build.finish(),
        write: async (...what: Parameters<typeof build.write>) => {
          await build.write(...what);
          throw new Error('killed after a write');
        },
      };
      const how = { ...DEFAULT_REBUILD, workers: 1, pageSize: 10, flushEvents: () => 10, signal, onProgress: () => {} };
      const run = new Rebuild(shop.projection, cuts++ < 8 ? dying : build, counting, how).run();
      done = await run.then(
        () => true,
        () => false,
      );
      await build.close();
    }
    expect(cuts).toBeGreaterThan(3);
    expect(read).toBeLessThan(total + cuts * 30);
    expect((await shop.verify(2)).equal).toBe(true);
  });

  it('stops where a log was set back and grew meanwhile', async () => {
    const shop = await new Shop().serve();
    const [log] = shop.logs;
    const half = Math.floor(log!.events.length / 2);
    const real = [...log!.events];
    const setBackMeanwhile: LogReader = {
      head: name => shop.owner.head(name),
      read: async (name, after, limit) => {
        const page = await shop.owner.read(name, after, limit);
        if (name !== log!.log || after < half) return page;
        return page.map(event => ({ ...event, eventId: idOf(event.eventId), previousId: idOf(event.previousId!) }));
      },
    };
    const rebuilding = shop.rebuild({ pageSize: half, workers: 1 }, setBackMeanwhile);
    await expect(rebuilding).rejects.toThrow(/another one from position .*log-restored/);
    expect(log!.events).toEqual(real);
  });

  it('is one at a time, and the second is told who has it', async () => {
    const shop = await new Shop().serve();
    const build = await shop.stores.beginBuild(shop.projection);
    await expect(shop.stores.beginBuild(shop.projection)).rejects.toThrow(
      /being rebuilt by rebuild sample-\d+ in a test/,
    );
    await build.close();
    await (await shop.stores.beginBuild(shop.projection)).close();
  });

  it('stops at an event that cannot be folded, names it, and goes on when it can', async () => {
    const shop = await new Shop().serve();
    const [products] = shop.logs;
    const productId = idOf('unlucky');
    const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
    products!.append('ProductListed', `product-${productId}`, { productId, ...details });
    const poison = products!.append('StockReceived', `product-${productId}`, { productId, quantity: UNLUCKY });
    await expect(shop.rebuild()).rejects.toThrow(
      `event ${poison.position} of the log of products (StockReceived.v1) cannot be folded: Error: an unlucky quantity`,
    );
    products!.events[poison.position - 1] = { ...poison, data: { productId, quantity: 1 } };
    expect(await shop.rebuild()).toMatchObject({ kind: 'finished', generation: 2 });
    expect((await shop.verify(2)).equal).toBe(true);
  });

  it('waits for an owner that is down, says so, and goes on', async () => {
    const shop = await new Shop().serve();
    let down = 2;
    const said: string[] = [];
    const reader: LogReader = {
      head: log => shop.owner.head(log),
      read: (log, after, limit) =>
        down-- > 0 ? Promise.reject(new Error('no answer')) : shop.owner.read(log, after, limit),
    };
    const onProgress: RebuildSettings['onProgress'] = ({ waiting }) => void (waiting && said.push(waiting.reason));
    expect(await shop.rebuild({ onProgress }, reader)).toMatchObject({ kind: 'finished' });
    expect(said).toContain('no answer');
  });

  it('begins anew what other code had begun', async () => {
    const name = `sample-${++numbered}`;
    const before = await new Shop(another(1, name)).serve();
    const stopped = new AbortController();
    await before.rebuild({ signal: stopped.signal, onProgress: () => stopped.abort() });
    const after = new Shop(another(2, name));
    expect(await after.rebuild()).toMatchObject({ kind: 'finished' });
    const [, made] = await after.stores.generations(name);
    expect(made!.fingerprint).toBe(fingerprint(after.projection));
    expect((await after.verify(made!.generation)).equal).toBe(true);
  });
});

describe('switch, rollback, drop', () => {
  const serving = async ({ stores, projection }: Shop) =>
    (await stores.generations(projection.name)).find(one => one.serving)!.generation;

  it('a generation that shows less is refused, and one that catches up meanwhile is not', async () => {
    const shop = await new Shop().serve();
    await shop.rebuild();
    shop.logs[0]!.append('StockReceived', `product-${idOf('of nobody')}`, {
      productId: idOf('x'),
      quantity: 1,
    });
    const [first, second] = [await shop.stores.open(shop.projection, 1), await shop.stores.open(shop.projection, 2)];
    await applyAll(first, shop.logs[0]!);
    await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 50 })).rejects.toThrow(
      /is behind the one that serves/,
    );
    expect(await serving(shop)).toBe(1);
    const switching = shop.stores.switchTo(shop.projection.name, 2, { waitMs: 5000 });
    await applyAll(second, shop.logs[0]!);
    await switching;
    expect(await serving(shop)).toBe(2);
    await shop.stores.switchTo(shop.projection.name, 1, { waitMs: 1000 });
    expect(await serving(shop)).toBe(1);
  });

  it('a third one is refused until one is dropped, and what serves cannot be', async () => {
    const shop = await new Shop().serve();
    await shop.rebuild();
    await expect(shop.rebuild()).rejects.toThrow(/has 2 generations \(1, 2\)/);
    await expect(shop.stores.drop(shop.projection.name, 1)).rejects.toThrow(/serves/);
    await expect(shop.stores.drop(shop.projection.name, 7)).rejects.toThrow(/no generation 7/);
    await shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 });
    await shop.stores.drop(shop.projection.name, 1);
    const { rows } = await pool.query('select to_regclass($1)::text as gone', [shop.table('products', 1)]);
    expect(rows).toEqual([{ gone: null }]);
    expect(await shop.rebuild()).toMatchObject({ generation: 3 });
  });

  it('what is not built yet never serves', async () => {
    const shop = await new Shop().serve();
    await (await shop.stores.beginBuild(shop.projection)).close();
    await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 0 })).rejects.toThrow(/not built yet/);
    await expect(shop.stores.switchTo(shop.projection.name, 9, { waitMs: 0 })).rejects.toThrow(/no generation 9/);
  });
});

describe('verify', () => {
  const faults: readonly [string, (shop: Shop) => Promise<unknown>, Partial<Comparison['first'][number]>][] = [
    [
      'a number changed',
      shop => inFirst(shop, 'update', 'set price = price + 1'),
      { table: 'products', kind: 'different' },
    ],
    ['a number changed in the last row', shop => inLast(shop), { table: 'purchases', kind: 'different' }],
    ['a row missing', shop => inFirst(shop, 'delete from', ''), { table: 'products', kind: 'only-right' }],
    ['a row too many', shop => tooMany(shop), { table: 'products', kind: 'only-left' }],
  ];
  const inFirst = (shop: Shop, verb: string, set: string) => {
    const table = shop.table('products', 1);
    return pool.query(
      `${verb} ${table} ${set} where "productId" = (select "productId" from ${table} order by 1 limit 1)`,
    );
  };
  const inLast = (shop: Shop) => {
    const table = shop.table('purchases', 1);
    return pool.query(
      `update ${table} set spent = spent + 1 where ("userId", "productId") = (select "userId", "productId" from ${table} order by 1 desc, 2 desc limit 1)`,
    );
  };
  const tooMany = (shop: Shop) =>
    pool.query(
      `insert into ${shop.table('products', 1)} select 'ffffffff-ffff-4fff-8fff-ffffffffffff', title, price, received, listed, "recordedAt", detail, version from ${shop.table('products', 1)} limit 1`,
    );

  it.each(faults)('finds %s', async (_, plant, expected) => {
    const shop = await new Shop().serve();
    await plant(shop);
    const found = await shop.verify(1);
    expect(found.equal).toBe(false);
    expect(found.first).toHaveLength(1);
    expect(found.first[0]).toMatchObject(expected);
  });

  it('compares generations at different positions by carrying both to the later ones', async () => {
    const shop = await new Shop().serve();
    await shop.rebuild();
    const [products] = shop.logs;
    const from = products!.events.length;
    const productId = idOf('later');
    const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
    products!.append('ProductListed', `product-${productId}`, { productId, ...details });
    products!.append('StockReceived', `product-${productId}`, { productId, quantity: 5 });
    await applyAll(await shop.stores.open(shop.projection, 2), products!);
    const compare = (planted: boolean) =>
      pool.transaction(async tx => {
        const [a, b] = [
          await GenerationSnapshot.take(tx, shop.projection, 1),
          await GenerationSnapshot.take(tx, shop.projection, 2),
        ];
        await a.advance('products', planted ? products!.events.slice(from, -1) : products!.events.slice(from));
        return compareSides(shop.projection, a, b);
      }, 'repeatable read');
    expect(await compare(false)).toMatchObject({ equal: true });
    expect(await compare(true)).toMatchObject({ equal: false, first: [{ table: 'products', key: [productId] }] });
  });
});

describe('repair', () => {
  it('a redrive ends equal to a run that never failed, and what still fails stays in order', async () => {
    const shop = await new Shop().serve();
    const [products] = shop.logs;
    const productId = idOf('parked');
    const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
    const from = products!.events.length;
    products!.append('ProductListed', `product-${productId}`, { productId, ...details });
    products!.append('StockReceived', `product-${productId}`, { productId, quantity: UNLUCKY });
    products!.append('ProductRepriced', `product-${productId}`, { productId, price: 7 });
    const store = await shop.stores.openServing(shop.projection);
    await applyAll(store, products!);
    expect(await store.parked()).toHaveLength(2);
    const still = await redriveParked(pool, shop.projection, 1);
    expect(still).toMatchObject({ applied: 0, parked: [{ position: from + 2 }, { position: from + 3 }] });
    // The fix: a fold that can bear the number, at the same tables.
    const mended: typeof shop.projection = {
      ...shop.projection,
      project: (views, event) => {
        if (event.type !== 'StockReceived' || event.data.quantity !== UNLUCKY)
          return shop.projection.project(views, event);
        const before = views.products.get(event.data.productId)!;
        const { recordedAt, version } = event;
        views.products.put({ ...before, received: before.received + UNLUCKY, recordedAt, version });
      },
    };
    expect(await redriveParked(pool, mended, 1, `product-${productId}`)).toEqual({ applied: 2, parked: [] });
    expect(await store.parked()).toHaveLength(0);
    // The runner that had read rows before reads them again.
    products!.append('StockReceived', `product-${productId}`, { productId, quantity: 1 });
    await applyAll(store, products!);
    const { rows } = await pool.query(
      `select received, price from ${shop.table('products', 1)} where "productId" = $1`,
      [productId],
    );
    expect(rows).toEqual([{ received: UNLUCKY + 1, price: 7 }]);
    await expect(redriveParked(pool, mended, 1, 'product-none')).rejects.toThrow(/nothing of the key/);
  });

  it("puts one subject's rows right and no other's", async () => {
    const shop = await new Shop().serve();
    const [product] = (
      await pool.query<{ id: string }>(`select "productId" as id from ${shop.table('purchases', 1)} limit 1`)
    ).rows;
    await pool.query(`update ${shop.table('purchases', 1)} set spent = spent + 1`);
    await pool.query(`delete from ${shop.table('products', 1)} where "productId" = $1`, [product!.id]);
    const scope = { products: 'productId', purchases: 'productId' };
    const changed = await repairScope(pool, shop.projection, 1, scope, product!.id, async at => {
      const fresh = new FreshFold(shop.projection, shop.owner, follow);
      await fresh.followTo(at);
      return function* (table) {
        for (const row of fresh.memory[table]!.sorted()) if (row['productId'] === product!.id) yield row;
      };
    });
    expect(changed).toBeGreaterThan(1);
    const left = await shop.verify(1);
    expect(left.first.every(({ key }) => key[1] !== product!.id)).toBe(true);
    expect(left.tables.find(({ table }) => table === 'products')!.differences).toBe(0);
  });
});
