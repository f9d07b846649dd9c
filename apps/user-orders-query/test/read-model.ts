/** A read model in a database of its own, for tests: fed by hand, read through the real store. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Pool } from '@foldline/postgres';
import { PgProjectionStores, type PgProjectionStore } from '@foldline/projections';
import { testDatabase } from '@foldline/testing';
import { emptyAllUnlessLevel, emptyPages } from '../src/pages/page-emptying';
import { makePageTables } from '../src/pages/page-tables';
import { userOrders } from '../src/projection/user-orders.project';
import { connectForReads } from '../src/stores/postgres/pg-read-store';

export class TestReadModel {
  private constructor(
    readonly url: string,
    readonly pool: Pool,
    readonly store: PgProjectionStore,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async make(): Promise<TestReadModel> {
    const { url, drop } = await testDatabase('query');
    const pool = connectForReads(url, 6);
    await pool.query('create schema read');
    const stores = new PgProjectionStores(pool);
    await stores.prepare();
    const store = await stores.openServing(userOrders, { beside: emptyPages });
    await makePageTables(pool, store.generation);
    await emptyAllUnlessLevel(pool, store.generation);
    return new TestReadModel(url, pool, store, drop);
  }

  async apply(events: readonly StoredEvent[]): Promise<void> {
    const [first] = events;
    if (!first) return;
    const from = await this.store.checkpoint(first.log as LogName);
    const { incarnation } = first;
    await this.store.apply({ log: first.log, from: from ?? { incarnation, position: 0, eventId: '' }, events });
  }

  /** Empties all tables, so that one database serves many runs of a property. */
  async clear(): Promise<void> {
    const tables = [...Object.keys(userOrders.tables), 'pages', 'page_fanouts'].map(name => `read.${name}_g1`);
    await this.pool.query(`truncate ${tables.join(', ')}, read.checkpoints, read.parked, read.notes`);
    await this.store.checkpoint('users');
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.dropDatabase();
  }
}
