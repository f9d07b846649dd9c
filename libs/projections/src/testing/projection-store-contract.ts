/** What every store of read models must keep, run against each of them: a store that passes it can stand in for another. */
import fc from 'fast-check';
import type { LogName } from '@foldline/contracts';
import type { Batch, Checkpoint } from '../ports';
import type { Row } from '../projection';
import type { ProjectionStore, ProjectionStores } from '../store/projection-store';
import { idOf, SampleLog } from './sample-log';
import { sampleProjection, UNLUCKY } from './sample-projection';
import { sampleShop } from './sample-shop';

export async function rowsOf(store: ProjectionStore): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {};
  for (const table of Object.keys(store.projection.tables)) {
    all[table] = [];
    for await (const chunk of store.rows(table)) all[table].push(...chunk);
  }
  return all;
}

/** Applies everything from the store's checkpoint on, as a runner would, in batches of `size`. */
export async function applyAll(store: ProjectionStore, log: SampleLog, size = 1000): Promise<number> {
  let parked = 0;
  for (;;) {
    const from = (await store.checkpoint(log.log)) ?? { incarnation: log.incarnation, position: 0, eventId: '' };
    const events = log.events.slice(from.position, from.position + size);
    if (events.length === 0) return parked;
    const applied = await store.apply({ log: log.log, from, events });
    if (applied.kind === 'applied') parked += applied.parked;
  }
}

const start = (log: SampleLog): Checkpoint => ({ incarnation: log.incarnation, position: 0, eventId: '' });
const batchOf = (log: SampleLog, from: number, to: number): Batch => ({
  log: log.log,
  from: from === 0 ? start(log) : { ...start(log), position: from, eventId: log.events[from - 1]!.eventId },
  events: log.events.slice(from, to),
});

export function projectionStoreContract(name: string, openStores: () => Promise<ProjectionStores>): void {
  describe(`${name} as a store of read models`, () => {
    let stores: ProjectionStores;
    let store: ProjectionStore;
    let generation = 100;
    /** A fresh generation for each test. */
    const fresh = async () => (store = await stores.open(sampleProjection, ++generation));
    beforeAll(async () => {
      stores = await openStores();
      await stores.prepare();
      await stores.prepare();
    });
    beforeEach(fresh);

    it('moves rows and checkpoint together', async () => {
      const { products } = sampleShop();
      expect(await store.checkpoint('products')).toBeUndefined();
      const applied = await store.apply(batchOf(products, 0, 3));
      const checkpoint = { incarnation: products.incarnation, position: 3, eventId: products.events[2]!.eventId };
      expect(applied).toEqual({ kind: 'applied', checkpoint, parked: 0 });
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

    describe('a poison event', () => {
      /** Two products of which the first gets an event that cannot be folded, and more after it. */
      const poisoned = (spoil: (log: SampleLog, productId: string) => void) => {
        const log = new SampleLog('products');
        const [bad, good] = [idOf('bad'), idOf('good')];
        const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
        for (const productId of [bad, good])
          log.append('ProductListed', `product-${productId}`, { productId, ...details });
        spoil(log, bad);
        for (const productId of [bad, good, bad, good])
          log.append('StockReceived', `product-${productId}`, { productId, quantity: 1 });
        return log;
      };
      const spoilt: Record<string, (log: SampleLog, productId: string) => void> = {
        'whose fold throws': (log, productId) =>
          log.append('StockReceived', `product-${productId}`, { productId, quantity: UNLUCKY }),
        'whose data breaks its rules': (log, productId) =>
          log.append('StockReceived', `product-${productId}`, { productId, quantity: 'x' }),
        'of an unknown type': (log, productId) => log.append('StockTeleported', `product-${productId}`, { productId }),
        'of a version from the future': (log, productId) => {
          log.append('StockReceived', `product-${productId}`, { productId, quantity: 2 });
          log.events[2] = { ...log.events[2]!, schemaVersion: 9 };
        },
      };

      it.each(
        Object.keys(spoilt).flatMap(
          what =>
            [
              [what, 1000],
              [what, 1],
            ] as const,
        ),
      )(
        '%s parks its key and what comes later for it, in order; the rest flows on (batches of %i)',
        async (what, size) => {
          const log = poisoned(spoilt[what]!);
          expect(await applyAll(store, log, size)).toBe(3);
          expect((await store.checkpoint('products'))?.position).toBe(7);
          const received = (await rowsOf(store)).products!.map(row => [row.productId, row.received]);
          expect(new Map(received as [string, number][])).toEqual(
            new Map([
              [idOf('bad'), 0],
              [idOf('good'), 2],
            ]),
          );
          const parked = await store.parked();
          expect(parked.map(({ position, key, log: of }) => [of, position, key])).toEqual(
            [3, 4, 6].map(position => ['products', position, `product-${idOf('bad')}`]),
          );
          expect(parked.map(({ event }) => event)).toEqual([3, 4, 6].map(position => log.events[position - 1]));
          expect(parked[0]!.reason).not.toMatch(/waits/);
          expect(parked[1]!.reason).toMatch(/waits/);
        },
      );

      it('is remembered by a store that is opened later', async () => {
        const log = poisoned(spoilt['whose fold throws']!);
        await applyAll(store, log);
        const later = await stores.open(sampleProjection, generation);
        log.append('StockReceived', `product-${idOf('bad')}`, { productId: idOf('bad'), quantity: 1 });
        expect(await applyAll(later, log)).toBe(1);
        expect(await later.parked()).toHaveLength(4);
      });

      it('does not hold up the same key of another log', async () => {
        const log = poisoned(spoilt['whose fold throws']!);
        await applyAll(store, log);
        const { orders } = sampleShop();
        orders.events.forEach((event, i) => (orders.events[i] = { ...event, stream: `product-${idOf('bad')}` }));
        expect(await applyAll(store, orders)).toBe(0);
      });

      it('whose text the store may not be able to hold is applied or parked, and never in the way of others', async () => {
        const log = poisoned((log, productId) => {
          const change = { productId, title: 'a\u0000b', description: '', image: 'i', category: 'c' };
          log.append('ProductDetailsChanged', `product-${productId}`, change);
        });
        const parked = await applyAll(store, log);
        expect([0, 3]).toContain(parked);
        expect(await store.parked()).toHaveLength(parked);
        const good = (await rowsOf(store)).products!.find(row => row.productId === idOf('good'));
        expect(good).toMatchObject({ received: 2 });
        if (parked > 0) expect((await store.parked())[0]!.event).toEqual(log.events[2]);
      });
    });

    it('two writers of one generation apply every event once between them', async () => {
      const second = await stores.open(sampleProjection, generation);
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

    it('counts notes by kind and reason', async () => {
      const note = { kind: 'refused' as const, log: 'products' as LogName, reason: 'r' };
      await store.note({ ...note, position: 3, count: 2 });
      await store.note({ ...note, position: 9, count: 5 });
      await store.note({ ...note, kind: 'halted', position: 1, count: 1 });
      const notes = [...(await store.notes())].sort((a, b) => b.count - a.count);
      expect(notes).toMatchObject([
        { kind: 'refused', reason: 'r', log: 'products', count: 7, position: 9 },
        { kind: 'halted', count: 1 },
      ]);
    });

    it('makes generation 1 to serve once, keeps generations apart, and tells when one was made by other code', async () => {
      const projection = { ...sampleProjection, name: 'sample-two', tables: renamed('two') };
      const { products } = sampleShop();
      const [serving, again] = [await stores.openServing(projection), await stores.openServing(projection)];
      expect([serving.generation, again.generation, serving.stale]).toEqual([1, 1, false]);
      await applyAll(serving, products);
      const next = await stores.open(projection, 2);
      expect(await next.checkpoint('products')).toBeUndefined();
      expect((await rowsOf(next)).products).toEqual([]);
      expect((await rowsOf(again)).products!.length).toBeGreaterThan(0);
      expect((await stores.openServing({ ...projection, revision: 2 })).stale).toBe(true);
      expect(await stores.generations('sample-two')).toMatchObject([
        { generation: 1, state: 'ready', serving: true },
        { generation: 2, state: 'building', serving: false },
      ]);
    });
  });
}

const renamed = (suffix: string) => {
  const { products, purchases } = sampleProjection.tables;
  return {
    products: { ...products, name: `${products.name}_${suffix}` },
    purchases: { ...purchases, name: `${purchases.name}_${suffix}` },
  };
};
