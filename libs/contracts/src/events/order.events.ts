/** What happened to orders. Later events repeat the lines, so that a reader of one event needs no other. */
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, ValidateNested } from 'class-validator';
import type { OrderId, ProductId, UserId } from '../ids';
import { IsAmount, IsCurrency, IsId, IsOneOf, IsQuantity, IsTime } from '../rules';
import { defineEvents, type EventOf } from './define';
import { REFUSAL_CODES, ShortItem, type RefusalCode } from './product.events';

export class OrderLine {
  @IsId() productId: ProductId;
  @IsQuantity() quantity: number;
  /** Minor units of the order's currency, as the price was when the order was placed. */
  @IsAmount() unitPrice: number;
}

class OrderLines {
  @IsId() orderId: OrderId;
  @IsId() userId: UserId;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => OrderLine)
  items: OrderLine[];
  @IsAmount() total: number;
  @IsCurrency() currency: string;
  /** When the order was placed; the time of a purchase. */
  @IsTime() placedAt: string;
}

export class OrderPlacedV1 extends OrderLines {}
export class OrderConfirmedV1 extends OrderLines {}
export class OrderCancelledV1 extends OrderLines {}
export class OrderCancelledV2 extends OrderLines {
  /** What is given back, in minor units of the order's currency; version 1 meant the whole total. */
  @IsAmount() refund: number;
}

export class OrderRejectedV1 {
  @IsId() orderId: OrderId;
  @IsId() userId: UserId;
  @IsOneOf(REFUSAL_CODES) code: RefusalCode;
  @IsArray() @ArrayMaxSize(50) @ValidateNested({ each: true }) @Type(() => ShortItem) items: ShortItem[];
}

export const orderEvents = defineEvents('orders', {
  OrderPlaced: [OrderPlacedV1],
  OrderConfirmed: [OrderConfirmedV1],
  OrderRejected: [OrderRejectedV1],
  OrderCancelled: [
    OrderCancelledV1,
    { data: OrderCancelledV2, upcast: (before: OrderCancelledV1) => ({ ...before, refund: before.total }) },
  ],
});
export type OrderEvent = EventOf<typeof orderEvents.types>;
