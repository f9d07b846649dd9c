/** What every store of read models must keep, run against each of them: a store that passes it can stand in for another. */
import type { LogName } from '@foldline/contracts';
import type { ProjectionStore, ProjectionStores } from '../store/projection-store';
import { applyAll, rowsOf, withFreshGenerations } from './apply-all';
import { batchesContract } from './batches-contract';
import { parkingContract } from './parking-contract';
import { sampleProjection } from './sample-projection';
import { sampleShop } from './sample-shop';

export function projectionStoreContract(name: string, openStores: () => Promise<ProjectionStores>): void {
  batchesContract(name, openStores);
  parkingContract(name, openStores);

  describe(`generations and notes in ${name}`, () => {
    let store: ProjectionStore;
    let stores: ProjectionStores;
    withFreshGenerations(openStores, (...opened) => ([store, stores] = opened));

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
