/** The lists read from documents of the serving generation: every answer is of one write, with its positions. */
import type { LogPosition, Positions } from '@foldline/contracts';
import type { SteadyReads, SteadyView } from '@foldline/projections-mongo';
import {
  orders,
  products,
  purchases,
  users,
  type OrderRow,
  type ProductRow,
  type PurchaseRow,
} from '../../projection/user-orders.tables';
import {
  StoreUnavailableError,
  type After,
  type ListAsked,
  type Moment,
  type OrderList,
  type PurchaseList,
  type ReadStore,
} from '../../query/read-store.port';

const money = (amount: number, currency: string) => ({ amount, currency });

const purchaseItem = (bought: PurchaseRow, product: ProductRow | undefined) => ({
  productId: bought.product_id,
  title: product?.title ?? null,
  image: product?.image ?? null,
  price: product ? money(product.price, product.currency) : null,
  quantity: bought.quantity,
  spent: money(bought.spent, bought.currency),
  firstPurchasedAt: bought.first_purchased_at,
  lastPurchasedAt: bought.last_purchased_at,
  orderCount: bought.order_count,
});

const orderItem = (order: OrderRow) => ({
  id: order.id,
  status: order.status,
  items: order.items.map(({ productId, quantity, unitPrice }) => ({
    productId,
    quantity,
    unitPrice: money(unitPrice, order.currency),
  })),
  total: money(order.total, order.currency),
  placedAt: order.placed_at,
  decidedAt: order.decided_at,
  cancelledAt: order.cancelled_at,
  ...(order.rejection && { rejection: order.rejection }),
});

/** JSON texts joined by commas, as the lists of the port are. */
const joined = (items: readonly object[]): string => items.map(item => JSON.stringify(item)).join(',');

const positionsOf = ({ checkpoints }: SteadyView): Positions =>
  Object.fromEntries(
    Object.entries(checkpoints).map(([log, { incarnation, position }]): [string, LogPosition] => [
      log,
      { incarnation, position },
    ]),
  );

async function momentOf(view: SteadyView, { userId, callerId }: ListAsked): Promise<Moment> {
  const accounts = await view.byId(users, [userId, ...(callerId === null ? [] : [callerId])]);
  return {
    generation: view.generation,
    positions: positionsOf(view),
    user: accounts.get(userId)?.status ?? null,
    caller: callerId === null ? null : (accounts.get(callerId)?.status ?? null),
  };
}

/** One row more than asked for tells whether there is a next page; the last one shown is its cursor. */
function cut<R>(
  rows: readonly R[],
  limit: number,
  placeOf: (row: R) => After,
): { shown: readonly R[]; next: After | null } {
  const shown = rows.slice(0, limit);
  return { shown, next: rows.length > limit ? placeOf(shown.at(-1)!) : null };
}

const PURCHASES_BY = { at: 'last_purchased_at', id: 'product_id' } as const;
const ORDERS_BY = { at: 'placed_at', id: 'id' } as const;

export class MongoReadStore implements ReadStore {
  constructor(
    private readonly reads: SteadyReads,
    private readonly isUnavailable: (error: unknown) => boolean,
  ) {}

  purchases(asked: ListAsked): Promise<PurchaseList> {
    const { userId, after, limit } = asked;
    return this.ask(async view => {
      const list = view.newest(purchases, { equal: { user_id: userId }, by: PURCHASES_BY, after, limit: limit + 1 });
      const [moment, pending, found] = await Promise.all([
        momentOf(view, asked),
        view.count(orders, { user_id: userId, status: 'placed' }),
        list,
      ]);
      const { shown, next } = cut(found, limit, row => ({ at: row.last_purchased_at, id: row.product_id }));
      const known = await view.byId(
        products,
        shown.map(row => row.product_id),
      );
      const items = joined(shown.map(row => purchaseItem(row, known.get(row.product_id))));
      return { ...moment, items, incomplete: shown.some(row => !known.has(row.product_id)), pending, next };
    });
  }

  orders(asked: ListAsked): Promise<OrderList> {
    const { userId, after, limit } = asked;
    return this.ask(async view => {
      const list = view.newest(orders, { equal: { user_id: userId }, by: ORDERS_BY, after, limit: limit + 1 });
      const [moment, found] = await Promise.all([momentOf(view, asked), list]);
      const { shown, next } = cut(found, limit, row => ({ at: row.placed_at, id: row.id }));
      return { ...moment, items: joined(shown.map(orderItem)), next };
    });
  }

  private async ask<T>(read: (view: SteadyView) => Promise<T>): Promise<T> {
    try {
      return await this.reads.read(read);
    } catch (error) {
      if (!this.isUnavailable(error)) throw error;
      throw new StoreUnavailableError('the read model cannot be reached', { cause: error });
    }
  }
}
