/** What can be asked of a product. */
import type { OrderId, ProductId } from '@foldline/contracts';

export interface ListProduct {
  readonly type: 'ListProduct';
  readonly productId: ProductId;
  readonly title: string;
  readonly description: string;
  readonly image: string;
  readonly category: string;
  readonly price: number;
  readonly currency: string;
  /** Units that are there from the start. */
  readonly stock: number;
}

/** What is left out stays as it is. */
export interface ChangeProduct {
  readonly type: 'ChangeProduct';
  readonly title?: string;
  readonly description?: string;
  readonly image?: string;
  readonly category?: string;
  readonly price?: { readonly amount: number; readonly currency: string };
}

export interface ReceiveStock {
  readonly type: 'ReceiveStock';
  readonly quantity: number;
}

export interface WithdrawProduct {
  readonly type: 'WithdrawProduct';
}

/** Of the reservation step only. */
export interface ReserveStock {
  readonly type: 'ReserveStock';
  readonly orderId: OrderId;
  readonly quantity: number;
}

/** Of the reservation step only: an order that had been reserved was cancelled. */
export interface ReleaseStock {
  readonly type: 'ReleaseStock';
  readonly orderId: OrderId;
  readonly quantity: number;
}

export type ProductCommand = ListProduct | ChangeProduct | ReceiveStock | WithdrawProduct | ReserveStock | ReleaseStock;
