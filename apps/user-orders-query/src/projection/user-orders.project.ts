/** Events of users, products and orders folded into what users bought. The logs may arrive in any order. */
import type { OrderLine, Partition } from '@foldline/contracts';
import { defineProjection, partitioned, type EventFrom, type Touches, type Views } from '@foldline/projections';
import { tables, type OrderRow, type PurchaseRow, type Tables } from './user-orders.tables';

type Log = 'users' | 'products' | 'orders';
/** Nobody asks here how much of a product there is. */
const ignores = ['StockReceived', 'StockReserved', 'StockReleased', 'StockRefused'] as const;
type Ignored = (typeof ignores)[number];
type ShopEvent = EventFrom<Log, Ignored>;
type OrderLines = Extract<ShopEvent, { type: 'OrderPlaced' | 'OrderConfirmed' | 'OrderCancelled' }>['data'];

const earlier = (a: string, b: string): string => (a < b ? a : b);
const later = (a: string, b: string): string => (a > b ? a : b);

const placedOrder = (data: OrderLines): OrderRow => ({
  id: data.orderId,
  user_id: data.userId,
  status: 'placed',
  items: data.items,
  total: data.total,
  currency: data.currency,
  placed_at: data.placedAt,
  decided_at: null,
  cancelled_at: null,
  rejection: null,
});

/** Sums, the earliest and the latest: orders of one user may be confirmed in any order and end equal. */
const withLine = (
  bought: PurchaseRow | undefined,
  { productId, quantity, unitPrice }: OrderLine,
  order: OrderLines,
) => ({
  user_id: order.userId,
  product_id: productId,
  quantity: (bought?.quantity ?? 0) + quantity,
  spent: (bought?.spent ?? 0) + quantity * unitPrice,
  currency: order.currency,
  first_purchased_at: earlier(bought?.first_purchased_at ?? order.placedAt, order.placedAt),
  last_purchased_at: later(bought?.last_purchased_at ?? order.placedAt, order.placedAt),
  order_count: (bought?.order_count ?? 0) + 1,
});

/** A minimum cannot be subtracted from: the times come from the orders that remain. */
function takeBack(views: Views<Tables>, { productId, quantity, unitPrice }: OrderLine, order: OrderLines): void {
  const bought = views.purchases.get(order.userId, productId);
  if (!bought) return;
  const times = views.orders
    .where('user_id', order.userId)
    .filter(({ status, items }) => status === 'confirmed' && items.some(item => item.productId === productId))
    .map(remaining => remaining.placed_at);
  const [first, ...others] = times;
  if (first === undefined) views.purchases.delete(order.userId, productId);
  else
    views.purchases.put({
      ...bought,
      quantity: bought.quantity - quantity,
      spent: bought.spent - quantity * unitPrice,
      first_purchased_at: others.reduce(earlier, first),
      last_purchased_at: others.reduce(later, first),
      order_count: bought.order_count - 1,
    });
}

function touches(event: ShopEvent): Touches<Tables> {
  switch (event.type) {
    case 'UserSignedUp':
    case 'UserProfileChanged':
    case 'UserRoleChanged':
    case 'UserClosed':
      return { users: [[event.data.userId]] };
    case 'ProductListed':
    case 'ProductDetailsChanged':
    case 'ProductRepriced':
    case 'ProductWithdrawn':
      return { products: [[event.data.productId]] };
    case 'OrderPlaced':
    case 'OrderRejected':
      return { orders: [[event.data.orderId]] };
    case 'OrderConfirmed':
      return {
        orders: [[event.data.orderId]],
        purchases: event.data.items.map(({ productId }) => [event.data.userId, productId]),
      };
    case 'OrderCancelled':
      return {
        orders: [[event.data.orderId], { column: 'user_id', value: event.data.userId }],
        purchases: event.data.items.map(({ productId }) => [event.data.userId, productId]),
      };
  }
}

/**
 * A row that must be there and is not cannot be taken apart: such an event is parked with all that follows for its key.
 */
function project(views: Views<Tables>, event: ShopEvent): void {
  switch (event.type) {
    case 'UserSignedUp': {
      const { displayName, email } = event.data.personal;
      const { userId: id, role } = event.data;
      return views.users.put({ id, display_name: displayName, email, role, status: 'open' });
    }
    case 'UserProfileChanged': {
      const { id, email, role, status } = views.users.get(event.data.userId)!;
      return views.users.put({ id, display_name: event.data.personal.displayName, email, role, status });
    }
    case 'UserRoleChanged': {
      const { id, display_name, email, status } = views.users.get(event.data.userId)!;
      return views.users.put({ id, display_name, email, role: event.data.role, status });
    }
    case 'UserClosed': {
      const { id, role } = views.users.get(event.data.userId)!;
      return views.users.put({ id, display_name: null, email: null, role, status: 'closed' });
    }
    case 'ProductListed': {
      const { productId: id, title, image, price, currency } = event.data;
      return views.products.put({ id, title, image, price, currency, status: 'listed' });
    }
    case 'ProductDetailsChanged': {
      const { id, price, currency, status } = views.products.get(event.data.productId)!;
      return views.products.put({ id, title: event.data.title, image: event.data.image, price, currency, status });
    }
    case 'ProductRepriced': {
      const { id, title, image, currency, status } = views.products.get(event.data.productId)!;
      return views.products.put({ id, title, image, price: event.data.price, currency, status });
    }
    case 'ProductWithdrawn': {
      const { id, title, image, price, currency } = views.products.get(event.data.productId)!;
      return views.products.put({ id, title, image, price, currency, status: 'withdrawn' });
    }
    case 'OrderPlaced':
      return views.orders.put(placedOrder(event.data));
    case 'OrderConfirmed': {
      views.orders.put({ ...placedOrder(event.data), status: 'confirmed', decided_at: event.recordedAt });
      for (const line of event.data.items)
        views.purchases.put(withLine(views.purchases.get(event.data.userId, line.productId), line, event.data));
      return;
    }
    case 'OrderRejected': {
      const { id, user_id, items, total, currency, placed_at } = views.orders.get(event.data.orderId)!;
      const rejection = { code: event.data.code, items: event.data.items };
      const order = { id, user_id, items, total, currency, placed_at, cancelled_at: null };
      return views.orders.put({ ...order, status: 'rejected', decided_at: event.recordedAt, rejection });
    }
    case 'OrderCancelled': {
      const { decided_at } = views.orders.get(event.data.orderId)!;
      const cancelled = { ...placedOrder(event.data), status: 'cancelled' as const, decided_at };
      views.orders.put({ ...cancelled, cancelled_at: event.recordedAt });
      for (const line of event.data.items) takeBack(views, line, event.data);
      return;
    }
  }
}

export const userOrders = defineProjection<Log, Tables, Ignored>({
  name: 'user-orders',
  logs: ['users', 'products', 'orders'],
  ignores,
  tables,
  revision: 1,
  keyOf: event => event.stream,
  touches,
  project,
});

/** Every event of a user or of a user's order names the user; products are everybody's. */
const userOf = ({ data }: ShopEvent): string | undefined => ('userId' in data ? data.userId : undefined);

/** The users that fall to a partition, with what they ordered and bought, and all products. */
export const userOrdersOf = (partition: Partition | undefined): typeof userOrders =>
  partition ? partitioned(userOrders, partition, userOf) : userOrders;
