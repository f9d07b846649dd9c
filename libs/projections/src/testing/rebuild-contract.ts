/** What building a generation beside the one that serves must keep, in every store: equal, resumable, one at a time. */
import type { LogReader } from '../ports';
import { DEFAULT_REBUILD, Rebuild, type RebuildSettings } from '../replay/rebuild';
import { fingerprint } from '../store/fingerprint';
import type { GenerationBuild } from '../store/generation-build';
import { applyAll } from './apply-all';
import { another, listProduct, never, receive, ReplayShop, type ReplayedStore } from './replay-shop';
import { idOf } from './sample-log';
import { UNLUCKY } from './sample-projection';

export function rebuildContract(name: string, store: ReplayedStore): void {
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

    it('leaves what the projection ignores with its owner, and ends equal', async () => {
      const shop = await newShop();
      const [, orders] = shop.logs;
      const isIgnored = ({ type }: { type: string }): boolean =>
        shop.projection.ignores!.includes(type as 'OrderPlaced');
      const read = new Map<number, string>();
      const noting: LogReader = {
        head: log => shop.owner.head(log),
        read: async (log, ...page) => {
          const events = await shop.owner.read(log, ...page);
          if (log === 'orders') for (const { position, type } of events) read.set(position, type);
          return events;
        },
      };
      expect(await shop.rebuild({}, noting)).toMatchObject({
        kind: 'finished',
        events: shop.logs.reduce((sum, { events }) => sum + events.length, 0),
      });
      expect(orders!.events.filter(isIgnored).length).toBeGreaterThan(5);
      // The first and the last event of each of two pages tell that one follows the other.
      expect([...read.values()].filter(type => isIgnored({ type })).length).toBeLessThanOrEqual(4);
      expect((await shop.verify(2)).equal).toBe(true);
    });

    it('stops where an owner leaves out what it was not asked to, or begins a page later', async () => {
      const shop = await newShop();
      const without = (left: number): LogReader => ({
        head: log => shop.owner.head(log),
        read: async (...page) => (await shop.owner.read(...page)).filter(({ position }) => position !== left),
      });
      await expect(shop.rebuild({}, without(1))).rejects.toThrow(/has a hole after position 0/);
      const all = new ReplayShop(store, Object.assign(another(), { ignores: [] }));
      await expect((await all.serve()).rebuild({}, without(5))).rejects.toThrow(/has a hole after position 4/);
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
          finish: sideBySide => build.finish(sideBySide),
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
        // Not every server of MongoDB's protocol tells.
        expect(bytes).toBeGreaterThanOrEqual(name === 'MongoDB' ? 0 : 1);
      }
      // Live, rows are counted now and then; a rebuild has counted its own.
      const [first, second] = [await shop.rows('products', 2), await shop.rows('purchases', 2)];
      expect((await shop.stores.figures(shop.projection, 2)).rows).toBe(first.length + second.length);
    });
  });
}
