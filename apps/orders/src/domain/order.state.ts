/** What an order is. */
import type { OrderId, OrderLine, RefusalCode, ShortItem, UserId } from '@foldline/contracts';

export interface Order {
  readonly status: 'placed' | 'confirmed' | 'rejected' | 'cancelled';
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly items: readonly OrderLine[];
  /** Minor units of the order's one currency. */
  readonly total: number;
  readonly currency: string;
  readonly placedAt: string;
  readonly rejection: { readonly code: RefusalCode; readonly items: readonly ShortItem[] } | null;
}

export type OrderState = { readonly status: 'none' } | Order;

export const initial: OrderState = { status: 'none' };
