/** What replay needs of every store, run against each of them: generations built, switched, looked into, mended and dropped. */
import { keyOfRow } from '../fold/working-rows';
import type { LogReader } from '../ports';
import { compareSides, type Comparison } from '../replay/compare';
import { DEFAULT_REBUILD, Rebuild, type RebuildSettings } from '../replay/rebuild';
import { fingerprint } from '../store/fingerprint';
import type { GenerationBuild } from '../store/generation-build';
import { applyAll } from './projection-store-contract';
import { another, listProduct, never, receive, ReplayShop, type ReplayedStore } from './replay-shop';
import { repairContract } from './repair-contract';
import { idOf } from './sample-log';
import { UNLUCKY } from './sample-projection';

export function replayContract(name: string, store: ReplayedStore): void {
  const newShop = () => new ReplayShop(store).serve();

  describe(`a rebuild in ${name}`, () => {
    it('ends equal to the serving generation and to a fresh fold', async () => {
      const shop = await newShop();
      const { generation, kind } = await shop.rebuild();
      expect([generation, kind]).toEqual([2, 'finished']);
      const [first, second] = [await shop.verify(1), await shop.verify(2)];
      expect(first.equal && second.equal).toBe(true);
      expect(second.tables.reduce((sum, { left }) => sum + left, 0)).toBeGreaterThan(5);
      expect((await shop.stores.generations(shop.projection.name))[1]).toMatchObject({
        state: 'ready',
        serving: false,
      });
    });

    it('is kept current from exactly where it ended', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products, orders] = shop.logs;
      const productId = listProduct(products!, 'after the rebuild');
      receive(products!, productId, 5);
      orders!.append('OrderCancelled', orders!.events.at(-1)!.stream, orders!.events.at(-1)!.data);
      for (const generation of [1, 2])
        for (const log of shop.logs) await applyAll(await shop.stores.reopen(shop.projection, generation), log, 1);
      for (const generation of [1, 2]) expect((await shop.verify(generation)).equal).toBe(true);
      expect(await shop.rows('purchases', 2)).toEqual(await shop.rows('purchases', 1));
    });

    it('ends also where the logs never stand still, and the rest is applied from exactly there', async () => {
      const shop = await newShop();
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

    it('stops where a log was set back and grew meanwhile', async () => {
      const shop = await newShop();
      const [log] = shop.logs;
      const half = Math.floor(log!.events.length / 2);
      const real = [...log!.events];
      const setBackMeanwhile: LogReader = {
        head: of => shop.owner.head(of),
        read: async (of, after, limit) => {
          const page = await shop.owner.read(of, after, limit);
          if (of !== log!.log || after < half) return page;
          return page.map(event => ({ ...event, eventId: idOf(event.eventId), previousId: idOf(event.previousId!) }));
        },
      };
      const rebuilding = shop.rebuild({ pageSize: half, workers: 1 }, setBackMeanwhile);
      await expect(rebuilding).rejects.toThrow(/another one from position .*log-restored/);
      expect(log!.events).toEqual(real);
    });

    it('goes on where it was cut off, at any write, and ends the same', async () => {
      const shop = await newShop();
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
        const dying: GenerationBuild = {
          generation: build.generation,
          resumed: build.resumed,
          checkpoints: () => build.checkpoints(),
          rows: table => build.rows(table),
          close: () => build.close(),
          finish: () => build.finish(),
          write: async (...what) => {
            await build.write(...what);
            throw new Error('killed after a write');
          },
        };
        const how = {
          ...DEFAULT_REBUILD,
          ...{ workers: 1, pageSize: 10, flushEvents: () => 10, signal: never, onProgress: () => {} },
        };
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

    it('is one at a time, and the second is told who has it', async () => {
      const shop = await newShop();
      const build = await shop.stores.beginBuild(shop.projection);
      await expect(shop.stores.beginBuild(shop.projection)).rejects.toThrow(
        /is being rebuilt by .*in a test.*: wait for it, or stop it first/,
      );
      await build.close();
      await (await shop.stores.beginBuild(shop.projection)).close();
    });

    it('stops at an event that cannot be folded, names it, and goes on when it can', async () => {
      const shop = await newShop();
      const [products] = shop.logs;
      const productId = listProduct(products!, 'unlucky');
      const poison = receive(products!, productId, UNLUCKY);
      await expect(shop.rebuild()).rejects.toThrow(
        `event ${poison.position} of the log of products (StockReceived.v1) cannot be folded: Error: an unlucky quantity`,
      );
      products!.events[poison.position - 1] = { ...poison, data: { productId, quantity: 1 } };
      expect(await shop.rebuild()).toMatchObject({ kind: 'finished', generation: 2 });
      expect((await shop.verify(2)).equal).toBe(true);
    });

    it('waits for an owner that is down, says so, and goes on', async () => {
      const shop = await newShop();
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
      const projection = another();
      const before = await new ReplayShop(store, projection).serve();
      const stopped = new AbortController();
      await before.rebuild({ signal: stopped.signal, onProgress: () => stopped.abort() });
      const after = new ReplayShop(store, another(2, projection.name));
      expect(await after.rebuild()).toMatchObject({ kind: 'finished' });
      const [, made, ...more] = await after.stores.generations(projection.name);
      expect(more).toEqual([]);
      expect(made!.fingerprint).toBe(fingerprint(after.projection));
      expect((await after.verify(made!.generation)).equal).toBe(true);
    });

    it('may come before anything serves, and serves then', async () => {
      const shop = new ReplayShop(store);
      await shop.stores.prepare();
      expect(await shop.rebuild()).toMatchObject({ generation: 1, kind: 'finished' });
      expect((await shop.stores.openServing(shop.projection)).generation).toBe(1);
      expect((await shop.verify(1)).equal).toBe(true);
    });

    it('that is half done when something first serves does not serve, and goes on', async () => {
      const shop = new ReplayShop(store);
      await shop.stores.prepare();
      const stopped = new AbortController();
      await shop.rebuild({ signal: stopped.signal, onProgress: () => stopped.abort() });
      expect((await shop.stores.openServing(shop.projection)).generation).toBe(2);
      expect(await shop.rebuild()).toMatchObject({ generation: 1, kind: 'finished' });
      expect((await shop.verify(1)).equal).toBe(true);
    });

    it('tells what a generation stands at and what it costs', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      for (const generation of [1, 2]) {
        const { checkpoints, parked, rows, bytes } = await shop.stores.figures(shop.projection, generation);
        const { incarnation, position, eventId, recordedAt } = products!.events.at(-1)!;
        expect(checkpoints.get('products')).toEqual({ incarnation, position, eventId, recordedAt });
        expect(parked).toBe(0);
        expect(rows).toBeGreaterThanOrEqual(0);
        expect(bytes).toBeGreaterThanOrEqual(0);
      }
    });
  });

  describe(`switch, rollback and drop in ${name}`, () => {
    it('a generation that shows less is refused, and one that catches up meanwhile is not', async () => {
      const shop = await newShop();
      await shop.rebuild();
      receive(shop.logs[0]!, listProduct(shop.logs[0]!, 'of nobody'), 1);
      const [first, second] = [
        await shop.stores.reopen(shop.projection, 1),
        await shop.stores.reopen(shop.projection, 2),
      ];
      await applyAll(first, shop.logs[0]!);
      await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 50 })).rejects.toThrow(
        /is behind the one that serves/,
      );
      expect(await shop.serving()).toBe(1);
      const switching = shop.stores.switchTo(shop.projection.name, 2, { waitMs: 5000 });
      await applyAll(second, shop.logs[0]!);
      await switching;
      expect(await shop.serving()).toBe(2);
      expect((await shop.stores.openServing(shop.projection)).generation).toBe(2);
      const previous = (await shop.stores.generations(shop.projection.name)).find(one => one.previous);
      expect(previous).toMatchObject({ generation: 1, keepUntil: null });
      await shop.stores.switchTo(shop.projection.name, 1, { waitMs: 1000, keepMs: 60_000 });
      expect(await shop.serving()).toBe(1);
      const [, left] = await shop.stores.generations(shop.projection.name);
      expect(Date.parse(left!.keepUntil!)).toBeGreaterThan(Date.now());
    });

    it('the one that serves stands still while the other one reaches it', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      const productId = listProduct(products!, 'fenced');
      const [first, second] = [
        await shop.stores.reopen(shop.projection, 1),
        await shop.stores.reopen(shop.projection, 2),
      ];
      let switched = false;
      // The serving one is always ahead when the switch begins, and goes on as long as it may.
      const ahead = async () => {
        for (let n = 0; !switched; n += 1) {
          receive(products!, productId, n + 20);
          await applyAll(first, products!);
        }
      };
      const after = async () => {
        while (!switched) await applyAll(second, products!);
      };
      const [at] = await Promise.all([
        shop.stores.switchTo(shop.projection.name, 2, { waitMs: 5000 }).then(async () => {
          const [shown, now] = await Promise.all(
            [1, 2].map(async of => (await shop.stores.figures(shop.projection, of)).checkpoints.get('products')!),
          );
          switched = true;
          return { shown, now };
        }),
        ahead(),
        after(),
      ]);
      expect(at.now!.position).toBeGreaterThan(0);
      expect(await shop.serving()).toBe(2);
      for (const store of [first, second]) await applyAll(store, products!);
      for (const generation of [1, 2]) expect((await shop.verify(generation)).equal).toBe(true);
    });

    it('one switch after the other, from many at once, leaves one that serves', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const to = [1, 2, 2, 1, 2, 1];
      await Promise.all(to.map(generation => shop.stores.switchTo(shop.projection.name, generation, { waitMs: 3000 })));
      const there = await shop.stores.generations(shop.projection.name);
      expect(there.filter(one => one.serving)).toHaveLength(1);
      for (const generation of [1, 2]) expect((await shop.verify(generation)).equal).toBe(true);
    });

    it('a third one is refused until one is dropped, and what serves cannot be', async () => {
      const shop = await newShop();
      await shop.rebuild();
      await expect(shop.rebuild()).rejects.toThrow(/has 2 generations \(1, 2\)/);
      await expect(shop.stores.drop(shop.projection.name, 1)).rejects.toThrow(/serves/);
      await expect(shop.stores.drop(shop.projection.name, 7)).rejects.toThrow(/no generation 7/);
      await shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 });
      const old = await shop.stores.reopen(shop.projection, 1);
      await shop.stores.drop(shop.projection.name, 1);
      expect(await shop.store.isThere(shop.projection, 'products', 1)).toBe(false);
      await expect(old.checkpoint('products')).rejects.toThrow(/does not exist any more/);
      expect(await shop.rebuild()).toMatchObject({ generation: 3 });
      expect((await shop.verify(3)).equal).toBe(true);
    });

    it('a generation that is dropped while it is switched to does not serve, or is not dropped', async () => {
      for (let round = 0; round < 5; round += 1) {
        const shop = await newShop();
        await shop.rebuild();
        const outcomes = await Promise.allSettled([
          shop.stores.switchTo(shop.projection.name, 2, { waitMs: 1000 }),
          shop.stores.drop(shop.projection.name, 2),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const there = await shop.stores.generations(shop.projection.name);
        expect(there.filter(one => one.serving)).toHaveLength(1);
        expect((await shop.verify(await shop.serving())).equal).toBe(true);
      }
    });

    it('what is not built yet never serves', async () => {
      const shop = await newShop();
      await (await shop.stores.beginBuild(shop.projection)).close();
      await expect(shop.stores.switchTo(shop.projection.name, 2, { waitMs: 0 })).rejects.toThrow(/not built yet/);
      await expect(shop.stores.switchTo(shop.projection.name, 9, { waitMs: 0 })).rejects.toThrow(/no generation 9/);
    });
  });

  describe(`verify in ${name}`, () => {
    type Plant = (shop: ReplayShop) => Promise<unknown>;
    const end = (n: 0 | -1) => async (shop: ReplayShop, table: 'products' | 'purchases') =>
      (await shop.rows(table, 1)).at(n)!;
    const [first, last] = [end(0), end(-1)];
    const keyIn = (shop: ReplayShop, table: 'products' | 'purchases', row: Record<string, unknown>) =>
      keyOfRow(shop.projection.tables[table] as never, row);
    const faults: readonly [string, Plant, Partial<Comparison['first'][number]>][] = [
      [
        'a number changed',
        async shop => {
          const row = await first(shop, 'products');
          return shop.plant('products', 1, keyIn(shop, 'products', row), { ...row, price: Number(row['price']) + 1 });
        },
        { table: 'products', kind: 'different' },
      ],
      [
        'a number changed in the last row',
        async shop => {
          const row = await last(shop, 'purchases');
          return shop.plant('purchases', 1, keyIn(shop, 'purchases', row), { ...row, spent: Number(row['spent']) + 1 });
        },
        { table: 'purchases', kind: 'different' },
      ],
      [
        'a row missing',
        async shop => shop.plant('products', 1, keyIn(shop, 'products', await first(shop, 'products'))),
        { table: 'products', kind: 'only-right' },
      ],
      [
        'a row too many',
        async shop => {
          const row = { ...(await first(shop, 'products')), productId: 'ffffffff-ffff-4fff-8fff-ffffffffffff' };
          return shop.plant('products', 1, [row.productId], row);
        },
        { table: 'products', kind: 'only-left' },
      ],
    ];

    it.each(faults)('finds %s', async (_, plant, expected) => {
      const shop = await newShop();
      await plant(shop);
      const found = await shop.verify(1);
      expect(found.equal).toBe(false);
      expect(found.first).toHaveLength(1);
      expect(found.first[0]).toMatchObject(expected);
    });

    it('compares generations at different positions by carrying both to the later ones', async () => {
      const shop = await newShop();
      await shop.rebuild();
      const [products] = shop.logs;
      const from = products!.events.length;
      const productId = listProduct(products!, 'later');
      receive(products!, productId, 5);
      await applyAll(await shop.stores.reopen(shop.projection, 2), products!);
      const compare = (planted: boolean) =>
        shop.stores.snapshot(shop.projection, 1, shop.follow, a =>
          shop.stores.snapshot(shop.projection, 2, shop.follow, async b => {
            await a.advance('products', planted ? products!.events.slice(from, -1) : products!.events.slice(from));
            return compareSides(shop.projection, a, b);
          }),
        );
      expect(await compare(false)).toMatchObject({ equal: true });
      expect(await compare(true)).toMatchObject({ equal: false, first: [{ table: 'products', key: [productId] }] });
    });

    it('is of one moment while writes go on', async () => {
      const shop = await newShop();
      const [products, orders] = shop.logs;
      const serving = await shop.stores.reopen(shop.projection, 1);
      const story = [...orders!.events];
      let writing = true;
      const writer = async () => {
        for (let n = 0; writing; n += 1) {
          receive(products!, idOf(`shop product ${n % 3}`), 20 + n);
          const { type, stream, data } = story[n % story.length]!;
          orders!.append(type, stream, data);
          for (const log of shop.logs) await applyAll(serving, log);
        }
      };
      const verifier = async () => {
        const positions = new Set<number>();
        for (let n = 0; n < 8; n += 1) {
          const comparison = await shop.stores.snapshot(shop.projection, 1, shop.follow, async snapshot => {
            positions.add(snapshot.positions.get('products')!.position);
            const fresh = shop.freshFold();
            await fresh.followTo(snapshot.positions);
            return compareSides(shop.projection, snapshot, fresh);
          });
          expect(comparison.first).toEqual([]);
        }
        writing = false;
        return positions.size;
      };
      const [, seen] = await Promise.all([writer(), verifier().finally(() => (writing = false))]);
      expect(seen).toBeGreaterThan(1);
    });
  });

  repairContract(name, store);
}
