/** Lists, counts and lookups of the read model on MongoDB use indexes: its own plans say so. */
import { randomBytes } from 'node:crypto';
import { connectMongo, MongoProjectionStores, SteadyReads, type Mongo } from '@foldline/projections-mongo';
import { mongoUrl } from '@foldline/testing';
import { userOrders } from '../src/projection/user-orders.project';
import { MongoReadStore } from '../src/stores/mongo/mongo-read-store';

const server = mongoUrl();

interface Asked {
  readonly collection: string;
  explain(): Promise<object>;
}

/** Keeps what is asked of the database through it, so that it can be asked for the plan. */
function listening(mongo: Mongo, asked: Asked[]): Mongo['db'] {
  const collection = (name: string) =>
    new Proxy(mongo.db.collection(name), {
      get(real, method: 'find' | 'countDocuments') {
        const value: unknown = real[method];
        if (typeof value !== 'function') return value;
        if (method === 'find')
          return (...args: Parameters<typeof real.find>) => {
            const cursor = real.find(...args);
            asked.push({ collection: name, explain: () => cursor.clone().explain('queryPlanner') as Promise<object> });
            return cursor;
          };
        if (method === 'countDocuments')
          return (filter: object) => {
            asked.push({
              collection: name,
              explain: () => real.find(filter).explain('queryPlanner') as Promise<object>,
            });
            return real.countDocuments(filter);
          };
        return value.bind(real);
      },
    });
  return new Proxy(mongo.db, {
    get: (real, name: keyof Mongo['db']) => (name === 'collection' ? collection : real[name]),
  });
}

(server ? describe : describe.skip)('the read model on MongoDB', () => {
  it('is read by indexes only: no collection is scanned, nothing is sorted', async () => {
    const url = new URL(`/plans_${randomBytes(6).toString('hex')}`, server);
    const mongo = await connectMongo(url.toString(), { name: 'plans' });
    try {
      const stores = new MongoProjectionStores(mongo);
      await stores.prepare();
      await stores.openServing(userOrders);
      const asked: Asked[] = [];
      const store = new MongoReadStore(new SteadyReads(listening(mongo, asked), userOrders.name), () => false);
      const id = '01a1fd96-e5c9-7482-ae57-edb1c31d19af';
      const list = { userId: id, callerId: null, limit: 20 };
      for (const after of [null, { at: '2026-01-01T00:00:00.000Z', id }]) {
        await store.purchases({ ...list, after });
        await store.orders({ ...list, after });
      }
      expect(asked.map(({ collection }) => collection)).toEqual(
        expect.arrayContaining(['read.purchases_g1', 'read.orders_g1', 'read.users_g1']),
      );
      for (const { collection, explain } of asked) {
        const plan = await explain().then(JSON.stringify, () => undefined);
        if (plan === undefined) {
          // eslint-disable-next-line no-console -- said once, so that nobody believes that plans were looked at
          console.log('This MongoDB does not explain its plans: whether lists use indexes was not checked.');
          return;
        }
        expect({ collection, plan }).toMatchObject({ plan: expect.not.stringMatching(/"COLLSCAN"|"SORT"/) });
        expect(plan).toMatch(/"(IXSCAN|IDHACK|EOF|EXPRESS_IXSCAN)"/);
      }
    } finally {
      await mongo.db.dropDatabase();
      await mongo.close();
    }
  });
});
