/** What a store must make of batches: rows and checkpoint are one, nothing twice, the same end on every way there. */
import fc from 'fast-check';
import type { ProjectionStore, ProjectionStores } from '../store/projection-store';
import { applyAll, batchOf, rowsOf, withFreshGenerations } from './apply-all';
import { idOf, SampleLog } from './sample-log';
import { sampleProjection } from './sample-projection';
import { sampleShop } from './sample-shop';

export function batchesContract(name: string, openStores: () => Promise<ProjectionStores>): void {
  describe(`batches in ${name}`, () => {
    let store: ProjectionStore;
    let stores: ProjectionStores;
    const fresh = withFreshGenerations(openStores, (...opened) => ([store, stores] = opened));

    it('moves rows and checkpoint together', async () => {
      const { products } = sampleShop();
      expect(await store.checkpoint('products')).toBeUndefined();
      const applied = await store.apply(batchOf(products, 0, 3));
      const checkpoint = { incarnation: products.incarnation, position: 3, eventId: products.events[2]!.eventId };
      expect(applied).toEqual({ kind: 'applied', checkpoint, parked: [] });
      expect(await store.checkpoint('products')).toEqual(checkpoint);
      expect((await rowsOf(store)).products).toHaveLength(3);
    });

    it('applies nothing twice and nothing out of order', async () => {
      const { products } = sampleShop();
      await store.apply(batchOf(products, 0, 3));
      const [rows, at] = [await rowsOf(store), await store.checkpoint('products')];
      for (const [from, to] of [
        [0, 3],
        [0, 5],
        [2, 4],
        [4, 6],
      ] as const)
        expect(await store.apply(batchOf(products, from, to))).toEqual({ kind: 'moved', checkpoint: at });
      const forked = { ...batchOf(products, 3, 4), from: { ...at!, eventId: idOf('another event') } };
      expect(await store.apply(forked)).toEqual({ kind: 'moved', checkpoint: at });
      expect(await rowsOf(store)).toEqual(rows);
    });

    it('gives back every value as the fold put it', async () => {
      const log = new SampleLog('products');
      const productId = idOf('product');
      const price = 999_999_999_999;
      const title = 'Ünï ✓ "quoted" \\n {brace} 漢字 𝄞 \' ; -- \t';
      log.append('ProductListed', 'p', {
        productId,
        title,
        description: '',
        image: '',
        category: 'a',
        price,
        currency: 'EUR',
      });
      log.events[0] = {
        ...log.events[0]!,
        data: { ...log.events[0]!.data, image: 'https://x.example/{"a":[1]}' },
        recordedAt: '2026-03-01T09:08:07.060Z',
      };
      await applyAll(store, log);
      expect((await rowsOf(store)).products).toEqual([
        {
          productId,
          title,
          price,
          received: 0,
          listed: true,
          recordedAt: '2026-03-01T09:08:07.060Z',
          detail: { category: 'a', images: ['https://x.example/{"a":[1]}'] },
          version: 1,
        },
      ]);
      log.appendStock(0);
      log.append('StockReceived', 'p', { productId, quantity: 1_000_000_000 });
      await applyAll(store, log);
      expect((await rowsOf(store)).products).toMatchObject([{ title, price, received: 1_000_000_000, version: 2 }]);
    });

    it('deletes what the fold deletes, also within the batch that made it', async () => {
      const { products, orders } = sampleShop();
      await applyAll(store, products);
      await applyAll(store, orders, 1);
      const one = await rowsOf(store);
      expect(one.purchases!.length).toBeGreaterThan(0);
      await fresh();
      await applyAll(store, products);
      await applyAll(store, orders);
      expect(await rowsOf(store)).toEqual(one);
    });

    it('ends equal for any interleaving of the logs and any cut into batches (L5)', async () => {
      const logs = Object.values(sampleShop());
      for (const log of logs) await applyAll(store, log);
      const expected = await rowsOf(store);
      expect(expected.purchases!.some(({ title }) => title !== null)).toBe(true);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ log: fc.nat(logs.length - 1), size: fc.integer({ min: 1, max: 9 }) })),
          async steps => {
            await fresh();
            const at = logs.map(() => 0);
            const step = async (log: number, size: number) => {
              const to = Math.min(logs[log]!.events.length, at[log]! + size);
              if (to > at[log]!) await store.apply(batchOf(logs[log]!, at[log]!, to));
              at[log] = to;
            };
            for (const { log, size } of steps) await step(log, size);
            for (const log of logs.keys()) await step(log, 1e6);
            expect(await rowsOf(store)).toEqual(expected);
          },
        ),
        { numRuns: 15 },
      );
    });

    it('two writers of one generation apply every event once between them', async () => {
      const second = await stores.open(sampleProjection, store.generation);
      const log = new SampleLog('products');
      const productId = idOf('p');
      log.append('ProductListed', 'p', {
        productId,
        title: 't',
        description: '',
        image: 'i',
        category: 'c',
        price: 1,
        currency: 'EUR',
      });
      for (let i = 0; i < 60; i++) log.append('StockReceived', 'p', { productId, quantity: 1 });
      await Promise.all([applyAll(store, log, 2), applyAll(second, log, 3)]);
      expect((await rowsOf(store)).products).toMatchObject([{ received: 60, version: 61 }]);
    });

    it('the lanes of several logs may write at the same time', async () => {
      const { products, orders } = sampleShop();
      await Promise.all([applyAll(store, products, 2), applyAll(store, orders, 2)]);
      const side = await rowsOf(store);
      await fresh();
      for (const log of [orders, products]) await applyAll(store, log);
      expect(side).toEqual(await rowsOf(store));
    });
  });
}
