/** What a store must do with events that cannot be applied: their keys wait, in order, and nobody else does. */
import type { ProjectionStore, ProjectionStores } from '../store/projection-store';
import { applyAll, rowsOf, withFreshGenerations } from './apply-all';
import { idOf, SampleLog } from './sample-log';
import { sampleProjection, UNLUCKY } from './sample-projection';
import { sampleShop } from './sample-shop';

export function parkingContract(name: string, openStores: () => Promise<ProjectionStores>): void {
  describe(`a poison event in ${name}`, () => {
    let store: ProjectionStore;
    let stores: ProjectionStores;
    withFreshGenerations(openStores, (...opened) => ([store, stores] = opened));

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

    it('an event of a type that is ignored is nobody’s concern, whatever is in it, also where its stream waits', async () => {
      const log = poisoned(spoilt['of an unknown type']!);
      for (const productId of [idOf('bad'), idOf('good')])
        log.append('StockReserved', `product-${productId}`, { productId, quantity: 'x' });
      await applyAll(store, log, 1000);
      expect((await store.checkpoint('products'))?.position).toBe(9);
      expect((await store.parked()).map(({ position }) => position)).toEqual([3, 4, 6]);
    });

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
      const later = await stores.open(sampleProjection, store.generation);
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
}
