/** The read models that the logs up to a vector come to, as rows and as answers. */
import type { At, OrderHistory, ShopModel } from './shop-model';

export type Row = Readonly<Record<string, unknown>>;

const isBy = (step: { position: number } | undefined, position: number): boolean =>
  step !== undefined && step.position <= position;

export function statusAt(order: OrderHistory, position: number): string | undefined {
  if (!isBy(order.placed, position)) return undefined;
  if (isBy(order.cancelled, position)) return 'cancelled';
  if (isBy(order.rejected, position)) return 'rejected';
  return isBy(order.confirmed, position) ? 'confirmed' : 'placed';
}

interface Purchase {
  readonly productId: string;
  quantity: number;
  spent: number;
  currency: string;
  first: string;
  last: string;
  orderCount: number;
}

/** Of confirmed, not cancelled orders. */
export function purchasesAt(model: ShopModel, userId: string, position: number): Purchase[] {
  const bought = new Map<string, Purchase>();
  for (const order of model.ordersOf.get(userId) ?? []) {
    if (statusAt(order, position) !== 'confirmed') continue;
    for (const { productId, quantity, unitPrice } of order.lines) {
      const known = bought.get(productId);
      const { placedAt, currency } = order;
      if (!known) {
        const spent = quantity * unitPrice;
        bought.set(productId, { productId, quantity, spent, currency, first: placedAt, last: placedAt, orderCount: 1 });
        continue;
      }
      known.quantity += quantity;
      known.spent += quantity * unitPrice;
      known.orderCount += 1;
      if (placedAt < known.first) known.first = placedAt;
      if (placedAt > known.last) known.last = placedAt;
    }
  }
  return [...bought.values()];
}

/** The body of `GET /users/:id/products`: its first page of so many items. */
export function purchasesBody(model: ShopModel, userId: string, at: At, limit: number) {
  const order = (a: Purchase, b: Purchase): number =>
    a.last === b.last ? (a.productId < b.productId ? 1 : -1) : a.last < b.last ? 1 : -1;
  const items = purchasesAt(model, userId, at.orders)
    .sort(order)
    .slice(0, limit)
    .map(({ productId, quantity, spent, currency, first, last, orderCount }) => {
      const product = model.productAt(productId, at.products);
      return {
        productId,
        title: product?.title ?? null,
        image: product?.image ?? null,
        price: product ? { amount: product.price, currency: product.currency } : null,
        quantity,
        spent: { amount: spent, currency },
        firstPurchasedAt: first,
        lastPurchasedAt: last,
        orderCount,
      };
    });
  const own = model.ordersOf.get(userId) ?? [];
  return { items, pending: own.filter(one => statusAt(one, at.orders) === 'placed').length };
}

/** The items of `GET /users/:id/orders`, by id and status: its first page of so many. */
export function ordersBody(model: ShopModel, userId: string, at: At, limit: number) {
  const own = (model.ordersOf.get(userId) ?? []).filter(order => statusAt(order, at.orders));
  own.sort((a, b) => (a.placedAt === b.placedAt ? (a.id < b.id ? 1 : -1) : a.placedAt < b.placedAt ? 1 : -1));
  return own.slice(0, limit).map(order => ({ id: order.id, status: statusAt(order, at.orders)! }));
}

/** Rows of the query service by table, keyed by their primary key. */
export function queryRows(model: ShopModel, at: At): Record<string, Map<string, Row>> {
  const [users, products, purchases, orders] = [0, 1, 2, 3].map(() => new Map<string, Row>()) as [
    Map<string, Row>,
    Map<string, Row>,
    Map<string, Row>,
    Map<string, Row>,
  ];
  for (const id of model.users.keys()) {
    const user = model.userAt(id, at.users);
    if (user)
      users.set(id, { id, display_name: user.displayName, email: user.email, role: user.role, status: user.status });
  }
  for (const id of model.products.keys()) {
    const product = model.productAt(id, at.products);
    if (!product) continue;
    const { title, image, price, currency, status } = product;
    products.set(id, { id, title, image, price, currency, status });
  }
  for (const order of model.orders.values()) {
    const status = statusAt(order, at.orders);
    if (!status) continue;
    const { id, userId, lines, total, currency, placedAt, confirmed, rejected, cancelled } = order;
    const decided = isBy(confirmed, at.orders) ? confirmed : isBy(rejected, at.orders) ? rejected : undefined;
    orders.set(id, {
      id,
      user_id: userId,
      status,
      items: lines,
      total,
      currency,
      placed_at: placedAt,
      decided_at: decided?.at ?? null,
      cancelled_at: status === 'cancelled' ? cancelled!.at : null,
      rejection: status === 'rejected' ? { code: rejected!.code, items: rejected!.items } : null,
    });
  }
  for (const userId of model.ordersOf.keys())
    for (const bought of purchasesAt(model, userId, at.orders)) {
      const { productId, quantity, spent, currency, first, last, orderCount } = bought;
      purchases.set(`${userId} ${productId}`, {
        user_id: userId,
        product_id: productId,
        quantity,
        spent,
        currency,
        first_purchased_at: first,
        last_purchased_at: last,
        order_count: orderCount,
      });
    }
  return { users, products, purchases, orders };
}

export function catalogueRows(model: ShopModel, at: At): Record<string, Map<string, Row>> {
  const catalogue = new Map<string, Row>();
  for (const id of model.products.keys()) {
    const product = model.productAt(id, at.products);
    if (!product) continue;
    const { title, description, image, category, price, currency, available, status } = product;
    catalogue.set(id, { id, title, description, image, category, price, currency, available, status });
  }
  return { catalogue };
}

export function knownFactRows(model: ShopModel, at: At): Record<string, Map<string, Row>> {
  const [buyers, prices] = [new Map<string, Row>(), new Map<string, Row>()];
  for (const id of model.users.keys()) {
    const user = model.userAt(id, at.users);
    if (user) buyers.set(id, { id, status: user.status === 'open' ? 'active' : 'closed' });
  }
  for (const id of model.products.keys()) {
    const product = model.productAt(id, at.products);
    if (product) prices.set(id, { id, price: product.price, currency: product.currency, status: product.status });
  }
  return { buyers, prices };
}
