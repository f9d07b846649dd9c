import * as fc from 'fast-check';
import { LOGS, allEventVersions, partitionOf, type LogName, type StoredEvent } from '@foldline/contracts';
import { fingerprint, foldBatch, prepareBatch, type Row } from '@foldline/projections';
import { idOf, ShopHistory } from './shop-history';
import { anyHistory, interleavings } from './shop-history.arbitrary';
import { userOrders, userOrdersOf } from './user-orders.project';
import type { OrderRow, PurchaseRow } from './user-orders.tables';

type TableName = keyof typeof userOrders.tables;
const tableNames = Object.keys(userOrders.tables) as TableName[];

/** The read model in memory: folds batches as a store would, each over the rows it asked for. */
class ReadModel {
  private readonly tables = Object.fromEntries(tableNames.map(name => [name, new Map<string, Row>()])) as Record<
    TableName,
    Map<string, Row>
  >;
  readonly parked: string[] = [];

  constructor(private readonly projection = userOrders) {}

  apply(events: readonly StoredEvent[]): this {
    const batch = prepareBatch(this.projection, events);
    const loaded = Object.fromEntries(
      tableNames.map(name => {
        const { keys, where } = batch.toLoad[name]!;
        const rows = [...this.tables[name]].filter(
          ([key, row]) => keys.has(key) || [...where].some(([column, values]) => values.has(String(row[column]))),
        );
        return [name, rows.map(([, row]) => row)];
      }),
    );
    const { changes, parked } = foldBatch(this.projection, batch, loaded, new Set());
    this.parked.push(...parked.map(({ reason }) => reason));
    for (const name of tableNames)
      for (const { key, after } of changes[name]!)
        if (after) this.tables[name].set(key.join('\u0000'), after);
        else this.tables[name].delete(key.join('\u0000'));
    return this;
  }

  rows<R extends Row>(name: TableName): R[] {
    return [...this.tables[name]].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row as R);
  }
  all = () => Object.fromEntries(tableNames.map(name => [name, this.rows(name)]));
}

const readModelOf = (history: ShopHistory, projection = userOrders): ReadModel =>
  LOGS.reduce(
    (model, log) => (history.logs[log].length > 0 ? model.apply(history.logs[log]) : model),
    new ReadModel(projection),
  );
const shop = () => new ShopHistory().signedUp(1).listed(1).listed(2, 250);
const line = (product: number, quantity = 1, unitPrice = 100) => ({ product, quantity, unitPrice });

describe('users', () => {
  it('are known by name once signed up', () => {
    expect(readModelOf(shop().renamedUser(1, 'Ada')).rows('users')).toEqual([
      { id: idOf('user', 1), display_name: 'Ada', email: 'user1@example.com', role: 'customer', status: 'open' },
    ]);
  });
  it('have the role they were given last', () => {
    const [user] = readModelOf(shop().roleChanged(1, 'admin')).rows('users');
    expect(user).toMatchObject({ display_name: 'User 1', email: 'user1@example.com', role: 'admin', status: 'open' });
  });
  it('keep neither name nor address after closing their account', () => {
    expect(readModelOf(shop().closed(1)).rows('users')).toEqual([
      { id: idOf('user', 1), display_name: null, email: null, role: 'customer', status: 'closed' },
    ]);
  });
});

describe('products', () => {
  it('show their newest title, price and status', () => {
    const [product] = readModelOf(shop().retitled(1, 'Better').repriced(1, 90).withdrawn(1)).rows('products');
    expect(product).toEqual({
      id: idOf('product', 1),
      title: 'Better',
      image: '/images/1.svg',
      price: 90,
      currency: 'EUR',
      status: 'withdrawn',
    });
  });
  it('stay as they are while their stock moves', () => {
    const moved = shop().stock(1, 'StockReceived', 5).stock(1, 'StockReserved', 2, 1).stock(1, 'StockReleased', 2, 1);
    expect(readModelOf(moved.stockRefused(9, 1)).all()).toEqual(readModelOf(shop()).all());
  });
});

describe('orders', () => {
  const order = (history: ShopHistory) => readModelOf(history).rows<OrderRow>('orders')[0]!;
  const placed = () => shop().placedOrder(1, 1, [line(1, 2)], 7);

  it('are placed without having been decided, and buy nothing yet', () => {
    expect(order(placed())).toMatchObject({ status: 'placed', total: 200, decided_at: null, rejection: null });
    expect(readModelOf(placed()).rows('purchases')).toEqual([]);
  });
  it('are confirmed, cancelled or rejected at the time the event was recorded', () => {
    expect(order(placed().confirmed(1))).toMatchObject({ status: 'confirmed', decided_at: ShopHistory.at(2) });
    expect(order(placed().confirmed(1).cancelled(1))).toMatchObject({
      status: 'cancelled',
      decided_at: ShopHistory.at(2),
      cancelled_at: ShopHistory.at(3),
    });
    expect(order(placed().rejected(1))).toMatchObject({
      status: 'rejected',
      decided_at: ShopHistory.at(2),
      rejection: { code: 'out-of-stock', items: [] },
    });
  });
  it('that were never placed cannot be rejected: the event is parked', () => {
    const history = placed().rejected(1);
    const model = new ReadModel().apply([history.logs.orders[1]!]);
    expect(model.parked).toEqual([expect.stringContaining('TypeError')]);
    expect(model.rows('orders')).toEqual([]);
  });
});

describe('purchases', () => {
  const purchases = (history: ShopHistory) => readModelOf(history).rows<PurchaseRow>('purchases');
  const twice = () =>
    shop()
      .placedOrder(1, 1, [line(1, 2, 100), line(2, 1, 250)], 10)
      .placedOrder(2, 1, [line(1, 3, 80)], 20)
      .confirmed(2)
      .confirmed(1);

  it('sum up the confirmed orders of a product, whichever was confirmed first', () => {
    expect(purchases(twice())[0]).toEqual({
      user_id: idOf('user', 1),
      product_id: idOf('product', 1),
      quantity: 5,
      spent: 440,
      currency: 'EUR',
      first_purchased_at: ShopHistory.at(10),
      last_purchased_at: ShopHistory.at(20),
      order_count: 2,
    });
  });
  it('of a cancelled order are taken back, with the times of the orders that remain', () => {
    const remaining = { quantity: 3, spent: 240, order_count: 1 };
    const times = { first_purchased_at: ShopHistory.at(20), last_purchased_at: ShopHistory.at(20) };
    expect(purchases(twice().cancelled(1))).toEqual([expect.objectContaining({ ...remaining, ...times })]);
  });
  it('disappear with the last order of a product', () => {
    expect(purchases(twice().cancelled(1).cancelled(2))).toEqual([]);
  });
});

describe('any history', () => {
  it('ends equal however its logs are interleaved and cut into batches', () => {
    fc.assert(
      fc.property(
        anyHistory.chain(history => fc.tuple(fc.constant(history), interleavings(history))),
        ([history, cut]) => {
          const model = cut.reduce((so_far, batch) => so_far.apply(batch), new ReadModel());
          expect(model.parked).toEqual([]);
          expect(model.all()).toEqual(readModelOf(history).all());
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves exactly the purchases of its confirmed orders', () => {
    fc.assert(
      fc.property(anyHistory, history => {
        const model = readModelOf(history);
        const confirmed = model.rows<OrderRow>('orders').filter(({ status }) => status === 'confirmed');
        for (const bought of model.rows<PurchaseRow>('purchases')) {
          const lines = confirmed
            .filter(({ user_id }) => user_id === bought.user_id)
            .flatMap(({ items, placed_at }) => items.map(item => ({ ...item, placed_at })))
            .filter(({ productId }) => productId === bought.product_id);
          const times = lines.map(({ placed_at }) => placed_at).sort();
          expect(bought).toMatchObject({
            quantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
            spent: lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
            order_count: lines.length,
            first_purchased_at: times[0],
            last_purchased_at: times.at(-1),
          });
        }
        const pairs = new Set(confirmed.flatMap(o => o.items.map(({ productId }) => `${o.user_id} ${productId}`)));
        expect(model.rows('purchases')).toHaveLength(pairs.size);
      }),
    );
  });

  it('has every event type of the registry among its samples', () => {
    const seen = new Set<string>();
    for (const history of fc.sample(anyHistory, { numRuns: 300, seed: 1 }))
      for (const log of LOGS as readonly LogName[]) for (const { type } of history.logs[log]) seen.add(type);
    const read = allEventVersions.filter(({ log }) => (userOrders.logs as readonly LogName[]).includes(log));
    expect([...seen].sort()).toEqual([...new Set(read.map(({ type }) => type))].sort());
  });
});

describe('partitions', () => {
  it.each([[2], [4]])('of %i, each keeps its users and all products, and together they keep everything once', of => {
    fc.assert(
      fc.property(anyHistory, history => {
        const whole = readModelOf(history);
        const parts = Array.from({ length: of }, (_, i) => readModelOf(history, userOrdersOf({ number: i + 1, of })));
        for (const part of parts) expect(part.rows('products')).toEqual(whole.rows('products'));
        for (const name of ['users', 'purchases', 'orders'] as const) {
          const rows = parts.flatMap(part => part.rows(name).map(row => JSON.stringify(row)));
          expect(rows.sort()).toEqual(
            whole
              .rows(name)
              .map(row => JSON.stringify(row))
              .sort(),
          );
        }
        parts.forEach((part, i) => {
          for (const { id } of part.rows<{ id: string }>('users')) expect(partitionOf(id, of)).toBe(i + 1);
          expect(part.parked).toEqual([]);
        });
      }),
    );
  });

  it('a read model of one partition, of another, and of all are not made by the same code', () => {
    const partitions = [undefined, { number: 1, of: 2 }, { number: 2, of: 2 }, { number: 1, of: 4 }];
    expect(new Set(partitions.map(partition => fingerprint(userOrdersOf(partition)))).size).toBe(4);
    expect(fingerprint(userOrdersOf(undefined))).toBe(fingerprint(userOrders));
  });
});
