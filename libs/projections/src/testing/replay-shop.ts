/** A sample shop whose read model can be rebuilt and verified, in whatever store is under test. */
import { compareSides, type Comparison } from '../replay/compare';
import { FreshFold } from '../replay/follow-logs';
import type { LogsToRead, ReplayableStores } from '../store/replayable-stores';
import { DEFAULT_REBUILD, Rebuild, type RebuildSettings } from '../replay/rebuild';
import type { LogReader } from '../ports';
import type { Row } from '../projection';
import { applyAll } from './apply-all';
import { idOf, SampleLog, SampleOwner } from './sample-log';
import { sampleProjection } from './sample-projection';
import { sampleShop } from './sample-shop';

export type SampleTable = keyof typeof sampleProjection.tables;

/** A store and a way around it, to plant what verify must find. */
export interface ReplayedStore {
  stores(projection: typeof sampleProjection): ReplayableStores;
  /** Puts a row as it is into a generation, or takes the row with this key away. */
  plant(
    projection: typeof sampleProjection,
    table: SampleTable,
    generation: number,
    key: readonly string[],
    row?: Row,
  ): Promise<unknown>;
  isThere(projection: typeof sampleProjection, table: SampleTable, generation: number): Promise<boolean>;
}

let numbered = 0;
/** A projection of its own for each test, so that generations of one test are not another's. */
export const another = (revision = 1, name = `sample-${++numbered}`): typeof sampleProjection => ({
  ...sampleProjection,
  name,
  revision,
  tables: {
    products: { ...sampleProjection.tables.products, name: `${name}_products` },
    purchases: { ...sampleProjection.tables.purchases, name: `${name}_purchases` },
  },
});

const detailsOf = (productId: string) => ({
  ...{ productId, title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' },
});
export const listProduct = (log: SampleLog, name: string): string => {
  const productId = idOf(name);
  log.append('ProductListed', `product-${productId}`, detailsOf(productId));
  return productId;
};
export const receive = (log: SampleLog, productId: string, quantity: number) =>
  log.append('StockReceived', `product-${productId}`, { productId, quantity });

export const never = new AbortController().signal;

export class ReplayShop {
  readonly logs = Object.values(sampleShop());
  readonly owner = new SampleOwner(...this.logs);
  readonly stores: ReplayableStores;
  readonly follow: LogsToRead = {
    reader: this.owner,
    settings: { pageSize: 50, ahead: 2, signal: never, onWaiting: () => {} },
  };

  constructor(
    readonly store: ReplayedStore,
    readonly projection = another(),
  ) {
    this.stores = store.stores(projection);
  }

  async serve(): Promise<this> {
    await this.stores.prepare();
    const store = await this.stores.openServing(this.projection);
    for (const log of this.logs) await applyAll(store, log);
    return this;
  }

  async rebuild(settings: Partial<RebuildSettings> = {}, reader: LogReader = this.owner) {
    const build = await this.stores.beginBuild(this.projection);
    const small = { ...DEFAULT_REBUILD, pageSize: 20, flushEvents: () => 40, signal: never, onProgress: () => {} };
    try {
      const rebuild = new Rebuild(this.projection, build, reader, { ...small, ...settings });
      return { generation: build.generation, ...(await rebuild.run()) };
    } finally {
      await build.close();
    }
  }

  freshFold(): FreshFold {
    return new FreshFold(this.projection, this.owner, this.follow.settings);
  }

  /** A generation against a fresh fold at the same positions. */
  verify(generation: number): Promise<Comparison> {
    return this.stores.snapshot(this.projection, generation, this.follow, async snapshot => {
      const fresh = this.freshFold();
      await fresh.followTo(snapshot.positions);
      return compareSides(this.projection, snapshot, fresh);
    });
  }

  async rows(table: SampleTable, generation: number): Promise<Row[]> {
    const store = await this.stores.reopen(this.projection, generation);
    const all: Row[] = [];
    for await (const rows of store.rows(table)) all.push(...rows);
    return all;
  }

  plant(table: SampleTable, generation: number, key: readonly string[], row?: Row): Promise<unknown> {
    return this.store.plant(this.projection, table, generation, key, row);
  }

  async serving(): Promise<number> {
    return (await this.stores.generations(this.projection.name)).find(one => one.serving)!.generation;
  }
}
