/** Makes three logs out of a short script, so that tests of the read model can speak in shop terms. */
import { LOGS, newestSchemaVersion, type LogName, type ShopEvent, type StoredEvent } from '@foldline/contracts';

/** A readable id: `user` 1 is always the same uuid. */
export const idOf = (kind: 'user' | 'product' | 'order' | 'event' | 'log', n: number): never =>
  `${{ user: '00000001', product: '00000002', order: '00000003', event: '00000004', log: '00000005' }[kind]}-0000-7000-8000-${n
    .toString(16)
    .padStart(12, '0')}` as never;

const numberOf = (log: LogName): number => LOGS.indexOf(log) + 1;
export const incarnationOf = (log: LogName): string => idOf('log', numberOf(log));

type DataOf<Type extends ShopEvent['type']> = Extract<ShopEvent, { type: Type }>['data'];
type Lines = readonly { product: number; quantity: number; unitPrice: number }[];

export class ShopHistory {
  readonly logs = Object.fromEntries(LOGS.map(log => [log, [] as StoredEvent[]])) as Record<LogName, StoredEvent[]>;
  private readonly versions = new Map<string, number>();
  private readonly placed = new Map<number, DataOf<'OrderPlaced'>>();

  /** The instant of minute n; events are recorded a minute after one another. */
  static at = (minute: number): string => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();

  add<Type extends ShopEvent['type']>(log: LogName, stream: string, type: Type, data: DataOf<Type>): this {
    const events = this.logs[log];
    const version = (this.versions.get(stream) ?? 0) + 1;
    this.versions.set(stream, version);
    const position = events.length + 1;
    const eventId: string = idOf('event', numberOf(log) * 2 ** 40 + position);
    events.push({
      log,
      incarnation: incarnationOf(log),
      position,
      previousId: events.at(-1)?.eventId ?? '',
      eventId,
      stream,
      version,
      type,
      schemaVersion: newestSchemaVersion(log, type),
      data,
      metadata: { commandId: eventId, correlationId: eventId, causationId: eventId },
      recordedAt: ShopHistory.at(position),
    });
    return this;
  }

  signedUp(user: number): this {
    const personal = { email: `user${user}@example.com`, displayName: `User ${user}` };
    const data = { userId: idOf('user', user), role: 'customer' as const, personal };
    return this.add('users', `user-${data.userId}`, 'UserSignedUp', data);
  }
  renamedUser(user: number, displayName: string): this {
    const userId = idOf('user', user);
    return this.add('users', `user-${userId}`, 'UserProfileChanged', { userId, personal: { displayName } });
  }
  roleChanged(user: number, role: 'customer' | 'admin'): this {
    const userId = idOf('user', user);
    return this.add('users', `user-${userId}`, 'UserRoleChanged', { userId, role });
  }
  closed(user: number): this {
    const userId = idOf('user', user);
    return this.add('users', `user-${userId}`, 'UserClosed', { userId });
  }

  listed(product: number, price = 100): this {
    const data = { ...this.details(product, `Product ${product}`), price, currency: 'EUR' };
    return this.add('products', `product-${data.productId}`, 'ProductListed', data);
  }
  retitled(product: number, title: string): this {
    const data = this.details(product, title);
    return this.add('products', `product-${data.productId}`, 'ProductDetailsChanged', data);
  }
  repriced(product: number, price: number): this {
    const productId = idOf('product', product);
    return this.add('products', `product-${productId}`, 'ProductRepriced', { productId, price });
  }
  withdrawn(product: number): this {
    const productId = idOf('product', product);
    return this.add('products', `product-${productId}`, 'ProductWithdrawn', { productId });
  }
  stock(product: number, type: 'StockReceived' | 'StockReserved' | 'StockReleased', quantity: number, order = 0): this {
    const productId = idOf('product', product);
    const data = { productId, quantity, orderId: idOf('order', order) };
    return this.add('products', `product-${productId}`, type, data);
  }
  stockRefused(order: number, product: number): this {
    const orderId = idOf('order', order);
    const items = [{ productId: idOf('product', product), requested: 1, available: 0 }] as never;
    return this.add('products', `reservation-${orderId}`, 'StockRefused', { orderId, code: 'out-of-stock', items });
  }

  placedOrder(order: number, user: number, lines: Lines, minute: number): this {
    const data = {
      orderId: idOf('order', order),
      userId: idOf('user', user),
      items: lines.map(({ product, ...line }) => ({ productId: idOf('product', product), ...line })),
      total: lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
      currency: 'EUR',
      placedAt: ShopHistory.at(minute),
    };
    this.placed.set(order, data);
    return this.add('orders', `order-${data.orderId}`, 'OrderPlaced', data);
  }
  confirmed(order: number): this {
    return this.add('orders', `order-${idOf('order', order)}`, 'OrderConfirmed', this.placed.get(order)!);
  }
  cancelled(order: number): this {
    return this.add('orders', `order-${idOf('order', order)}`, 'OrderCancelled', {
      ...this.placed.get(order)!,
      refund: this.placed.get(order)!.total,
    });
  }
  rejected(order: number): this {
    const { orderId, userId } = this.placed.get(order)!;
    const data = { orderId, userId, code: 'out-of-stock' as const, items: [] };
    return this.add('orders', `order-${orderId}`, 'OrderRejected', data);
  }

  private details = (product: number, title: string) => ({
    productId: idOf('product', product),
    title,
    description: '',
    image: `/images/${product}.svg`,
    category: 'things',
  });
}
