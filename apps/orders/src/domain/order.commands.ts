/** What can be asked of an order. Everything looked up elsewhere is in the command. */
import type { OrderId, ProductId, RefusalCode, ShortItem, UserId } from '@foldline/contracts';

/** A product as this service's own copy knows it. */
export interface KnownProduct {
  readonly price: number;
  readonly currency: string;
  readonly status: string;
}

export interface WantedItem {
  readonly productId: ProductId;
  readonly quantity: number;
  /** Undefined: not known here. */
  readonly product: KnownProduct | undefined;
}

export interface PlaceOrder {
  readonly type: 'PlaceOrder';
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly placedAt: string;
  readonly buyerStatus: 'active' | 'closed' | 'unknown';
  /** Each product once. */
  readonly items: readonly WantedItem[];
  readonly expectedTotal?: { readonly amount: number; readonly currency: string };
}

/** Of the confirmation step only. */
export interface ConfirmOrder {
  readonly type: 'ConfirmOrder';
}

/** Of the confirmation step only. */
export interface RejectOrder {
  readonly type: 'RejectOrder';
  readonly code: RefusalCode;
  readonly items: readonly ShortItem[];
}

export interface CancelOrder {
  readonly type: 'CancelOrder';
}

export type OrderCommand = PlaceOrder | ConfirmOrder | RejectOrder | CancelOrder;
