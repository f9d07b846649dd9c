/** Random shops for property tests: three users, four products, orders of all fates, in any interleaving of the logs. */
import * as fc from 'fast-check';
import { LOGS, type StoredEvent } from '@foldline/contracts';
import { ShopHistory } from './shop-history';

const USERS = 3;
const PRODUCTS = 4;
type Step = (history: ShopHistory, orders: Map<number, 'placed' | 'confirmed' | 'over'>) => void;

const product = fc.integer({ min: 1, max: PRODUCTS });
const user = fc.integer({ min: 1, max: USERS });
const lines = fc.uniqueArray(
  fc.record({ product, quantity: fc.integer({ min: 1, max: 3 }), unitPrice: fc.integer({ min: 0, max: 500 }) }),
  { minLength: 1, maxLength: 3, selector: line => line.product },
);
const minute = fc.integer({ min: 0, max: 30 });
const nth = fc.nat({ max: 20 });

/** The order the number falls on among those of a status. */
const pick = (orders: ReadonlyMap<number, string>, status: string, n: number): number | undefined => {
  const fitting = [...orders].filter(([, is]) => is === status).map(([order]) => order);
  return fitting[n % Math.max(1, fitting.length)];
};

const place: fc.Arbitrary<Step> = fc.tuple(user, lines, minute).map(([by, of, at]) => (history, orders) => {
  const order = orders.size + 1;
  history.placedOrder(order, by, of, at);
  orders.set(order, 'placed');
});
const decide: fc.Arbitrary<Step> = fc
  .tuple(nth, fc.constantFrom('confirmed', 'confirmed', 'confirmed', 'rejected'), product)
  .map(([n, fate, short]) => (history, orders) => {
    const order = pick(orders, 'placed', n);
    if (order === undefined) return;
    if (fate === 'confirmed') history.stock(short, 'StockReserved', 1, order).confirmed(order);
    else history.stockRefused(order, short).rejected(order);
    orders.set(order, fate === 'confirmed' ? 'confirmed' : 'over');
  });
const cancel: fc.Arbitrary<Step> = fc.tuple(nth, product).map(([n, of]) => (history, orders) => {
  const order = pick(orders, 'confirmed', n);
  if (order === undefined) return;
  history.cancelled(order).stock(of, 'StockReleased', 1, order);
  orders.set(order, 'over');
});
const change: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(product, nth).map(
    ([of, n]): Step =>
      history =>
        void history.retitled(of, `Title ${n}`),
  ),
  fc.tuple(product, nth).map(
    ([of, n]): Step =>
      history =>
        void history.repriced(of, n),
  ),
  fc.tuple(user, nth).map(
    ([of, n]): Step =>
      history =>
        void history.renamedUser(of, `Name ${n}`),
  ),
  fc.tuple(user, nth).map(
    ([of, n]): Step =>
      history =>
        void history.roleChanged(of, n % 2 === 0 ? 'admin' : 'customer'),
  ),
  product.map(
    (of): Step =>
      history =>
        void history.stock(of, 'StockReceived', 9),
  ),
  product.map(
    (of): Step =>
      history =>
        void history.withdrawn(of),
  ),
  user.map(
    (of): Step =>
      history =>
        void history.closed(of),
  ),
);

export const anyHistory: fc.Arbitrary<ShopHistory> = fc
  .array(
    fc.oneof(
      { arbitrary: place, weight: 3 },
      { arbitrary: decide, weight: 3 },
      { arbitrary: cancel, weight: 1 },
      { arbitrary: change, weight: 2 },
    ),
    { maxLength: 40 },
  )
  .map(steps => {
    const history = new ShopHistory();
    for (let n = 1; n <= USERS; n += 1) history.signedUp(n);
    for (let n = 1; n <= PRODUCTS; n += 1) history.listed(n);
    const orders = new Map();
    for (const step of steps) step(history, orders);
    return history;
  });

/** Batches of up to five events in which each log keeps its order, and the logs come in any. */
export const interleavings = (history: ShopHistory): fc.Arbitrary<StoredEvent[][]> =>
  fc.infiniteStream(fc.tuple(fc.constantFrom(...LOGS), fc.integer({ min: 1, max: 5 }))).map(turns => {
    const rest = { ...history.logs };
    const batches: StoredEvent[][] = [];
    for (const [log, size] of turns) {
      if (LOGS.every(name => rest[name].length === 0)) break;
      if (rest[log].length > 0) batches.push(rest[log].slice(0, size));
      rest[log] = rest[log].slice(size);
    }
    return batches;
  });
