/** What the logs mean, written from the rules of the shop alone: every state at every position, for any vector of positions. */
import type { LogName } from '../stack/chaos-stack';
import type { LogEvent } from './log-events';

/** log -> position. */
export type At = Readonly<Record<LogName, number>>;

interface Versioned<T> {
  readonly position: number;
  readonly version: number;
  readonly state: T;
}

export interface UserState {
  readonly displayName: string | null;
  readonly email: string | null;
  readonly role: string;
  readonly status: 'open' | 'closed';
}

export interface ProductState {
  readonly title: string;
  readonly description: string;
  readonly image: string;
  readonly category: string;
  readonly price: number;
  readonly currency: string;
  readonly status: 'listed' | 'withdrawn';
  readonly available: number;
  /** Received so far. */
  readonly received: number;
  /** Given to orders and not given back. */
  readonly sold: number;
}

export interface Line {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

interface Step {
  readonly position: number;
  readonly at: string;
}

export interface OrderHistory {
  readonly id: string;
  readonly userId: string;
  readonly lines: readonly Line[];
  readonly total: number;
  readonly currency: string;
  readonly placedAt: string;
  readonly placed: Step;
  confirmed?: Step;
  rejected?: Step & { readonly code: string; readonly items: unknown };
  cancelled?: Step;
}

const at = <T>(history: readonly Versioned<T>[] | undefined, position: number): T | undefined =>
  history?.findLast(step => step.position <= position)?.state;

export class ShopModel {
  readonly users = new Map<string, Versioned<UserState>[]>();
  readonly products = new Map<string, Versioned<ProductState>[]>();
  readonly orders = new Map<string, OrderHistory>();
  readonly ordersOf = new Map<string, OrderHistory[]>();
  /** What no rule of the shop allows, found while folding. */
  readonly impossible: string[] = [];

  /** `strange`: streams that a fault wrote, which the shop must set aside whole. */
  constructor(private readonly strange: ReadonlySet<string> = new Set()) {}

  apply(event: LogEvent): void {
    if (this.strange.has(event.stream)) return;
    switch (event.log) {
      case 'users':
        return this.applyUser(event);
      case 'products':
        return this.applyProduct(event);
      case 'orders':
        return this.applyOrder(event);
    }
  }

  userAt(id: string, position: number): UserState | undefined {
    return at(this.users.get(id), position);
  }
  productAt(id: string, position: number): ProductState | undefined {
    return at(this.products.get(id), position);
  }
  productInVersion(id: string, version: number): ProductState | undefined {
    return this.products.get(id)?.find(step => step.version === version)?.state;
  }

  private applyUser({ type, position, version, data }: LogEvent): void {
    const id = data.userId as string;
    const history = this.users.get(id) ?? [];
    this.users.set(id, history);
    const before = history.at(-1)?.state;
    const push = (state: UserState) => history.push({ position, version, state });
    if (type === 'UserSignedUp')
      push({ displayName: data.personal.displayName, email: data.personal.email, role: data.role, status: 'open' });
    else if (!before) this.impossible.push(`users ${position}: ${type} of a user who never signed up`);
    else if (type === 'UserProfileChanged') push({ ...before, displayName: data.personal.displayName });
    else if (type === 'UserRoleChanged') push({ ...before, role: data.role });
    else if (type === 'UserClosed') push({ ...before, displayName: null, email: null, status: 'closed' });
    else this.impossible.push(`users ${position}: unknown type ${type}`);
  }

  private applyProduct({ type, position, version, data }: LogEvent): void {
    if (type === 'StockRefused') return;
    const id = data.productId as string;
    const history = this.products.get(id) ?? [];
    this.products.set(id, history);
    const before = history.at(-1)?.state;
    const push = (state: ProductState) => history.push({ position, version, state });
    if (type === 'ProductListed') {
      const { title, description, image, category, price, currency } = data;
      const details = { title, description, image, category, price, currency } as ProductState;
      push({ ...details, status: 'listed', available: 0, received: 0, sold: 0 });
      return;
    }
    if (!before) return void this.impossible.push(`products ${position}: ${type} of a product that was never listed`);
    const { available, received, sold } = before;
    const n = data.quantity as number;
    if (type === 'ProductDetailsChanged') {
      const { title, description, image, category } = data;
      push({ ...before, title, description, image, category });
    } else if (type === 'ProductRepriced') push({ ...before, price: data.price });
    else if (type === 'ProductWithdrawn') push({ ...before, status: 'withdrawn' });
    else if (type === 'StockReceived') push({ ...before, available: available + n, received: received + n });
    else if (type === 'StockReserved') push({ ...before, available: available - n, sold: sold + n });
    else if (type === 'StockReleased') push({ ...before, available: available + n, sold: sold - n });
    else this.impossible.push(`products ${position}: unknown type ${type}`);
  }

  private applyOrder({ type, position, data, recordedAt }: LogEvent): void {
    const id = data.orderId as string;
    const step = { position, at: recordedAt };
    const order = this.orders.get(id);
    const wrong = (why: string) => void this.impossible.push(`orders ${position}: ${type} of an order that ${why}`);
    if (type === 'OrderPlaced') {
      if (order) return wrong('was placed before');
      const { userId, items, total, currency, placedAt } = data;
      const placed: OrderHistory = { id, userId, lines: items, total, currency, placedAt, placed: step };
      this.orders.set(id, placed);
      const own = this.ordersOf.get(userId) ?? [];
      this.ordersOf.set(userId, own);
      own.push(placed);
      return;
    }
    if (!order) return wrong('was never placed');
    if (type === 'OrderConfirmed' || type === 'OrderRejected') {
      if (order.confirmed || order.rejected) return wrong('was decided before');
      if (type === 'OrderConfirmed') order.confirmed = step;
      else order.rejected = { ...step, code: data.code, items: data.items };
    } else if (type === 'OrderCancelled') {
      if (!order.confirmed) return wrong('was not confirmed');
      if (order.cancelled) return wrong('was cancelled before');
      order.cancelled = step;
    } else wrong('nobody knows what to do with');
  }
}
