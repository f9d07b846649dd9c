/** Lists, counts and lookups of the read model on MongoDB use indexes: there is one for each, and the server's own plans say so where it has any. */
import { randomBytes } from 'node:crypto';
import { connectMongo, MongoProjectionStores, SteadyReads, type Mongo } from '@foldline/projections-mongo';
import { mongoUrl } from '@foldline/testing';
import { userOrders } from '../src/projection/user-orders.project';
import { MongoReadStore } from '../src/stores/mongo/mongo-read-store';

const server = mongoUrl();

type Sort = Readonly<Record<string, 1 | -1>>;

interface Asked {
  readonly collection: string;
  readonly filter: Readonly<Record<string, unknown>>;
  sort?: Sort;
  explain(): Promise<object>;
}

/** Keeps what is asked of the database through it, so that it can be asked for the plan. */
function listening(mongo: Mongo, asked: Asked[]): Mongo['db'] {
  const collection = (name: string) =>
    new Proxy(mongo.db.collection(name), {
      get(real, method: 'find' | 'countDocuments') {
        const value: unknown = real[method];
        if (typeof value !== 'function') return value;
        const asking = (filter: Asked['filter'], cursor = real.find(filter)) => {
          const one: Asked = {
            collection: name,
            filter,
            explain: () => cursor.clone().explain('queryPlanner') as Promise<object>,
          };
          asked.push(one);
          const sort = cursor.sort.bind(cursor);
          return Object.assign(cursor, { sort: (by: Sort) => sort((one.sort = by)) });
        };
        if (method === 'find') return (filter: Asked['filter']) => asking(filter);
        if (method === 'countDocuments')
          return (filter: Asked['filter']) => {
            asking(filter);
            return real.countDocuments(filter);
          };
        return value.bind(real);
      },
    });
  return new Proxy(mongo.db, {
    get: (real, name: keyof Mongo['db']) => (name === 'collection' ? collection : real[name]),
  });
}

/**
 * Whether all that is asked for lies side by side in the index, in the order asked for: first the columns that are to be equal, then
 * those it is sorted by, in their order or in the opposite one (MongoDB manual, "The ESR guideline").
 */
function serves(index: Readonly<Record<string, unknown>>, { filter, sort = {} }: Asked): boolean {
  const isEqual = (value: unknown): boolean => typeof value === 'string' || Object.hasOwn(value as object, '$in');
  const equal = Object.keys(filter).filter(column => isEqual(filter[column]));
  const columns = Object.entries(index);
  const first = columns.slice(0, equal.length).map(([column]) => column);
  const then = columns.slice(equal.length);
  const sorted = Object.entries(sort);
  return (
    equal.every(column => first.includes(column)) &&
    [1, -1].some(way => sorted.every(([by, order], i) => then[i]?.[0] === by && then[i]![1] === order * way))
  );
}

const winningPlanOf = (told: object): unknown =>
  (told as { queryPlanner?: { winningPlan?: unknown } }).queryPlanner?.winningPlan ?? told;

(server ? describe : describe.skip)('the read model on MongoDB', () => {
  it('is read by indexes only: no collection is scanned, nothing is sorted', async () => {
    const url = new URL(server!);
    url.pathname = `/plans_${randomBytes(6).toString('hex')}`;
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
      for (const one of asked) {
        // A collection without a document may not be there yet; the index of `_id` comes with it.
        const made = await mongo.db
          .collection(one.collection)
          .indexes()
          .catch(() => []);
        const indexes = [{ _id: 1 }, ...made.map(({ key }) => key)];
        const { collection, filter, sort } = one;
        const served = indexes.some(key => serves(key, one));
        expect({ served, collection, filter, sort, indexes }).toEqual({
          served: true,
          collection,
          filter,
          sort,
          indexes,
        });
      }
      for (const { collection, explain } of asked) {
        // What the server weighed and left aside does not count.
        const plan = await explain().then(
          told => JSON.stringify(winningPlanOf(told)),
          () => undefined,
        );
        if (plan === undefined) {
          // eslint-disable-next-line no-console -- said once, so that nobody believes that plans were looked at
          console.log(
            'This MongoDB does not explain its plans: that it chooses the indexes which are there was not checked.',
          );
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
