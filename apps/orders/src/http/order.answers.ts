/** Orders as they are shown. */
import { ApiProperty } from '@nestjs/swagger';
import type { OrderState } from '../domain/order.state';

class Money {
  @ApiProperty({ example: 2500, description: 'Minor units (cents)' }) amount: number;
  @ApiProperty({ example: 'EUR' }) currency: string;
}

class OrderItem {
  @ApiProperty({ format: 'uuid' }) productId: string;
  @ApiProperty({ example: 2 }) quantity: number;
  @ApiProperty({ type: Money, description: 'As it was when the order was placed' }) unitPrice: Money;
}

class ShortOrderItem {
  @ApiProperty({ format: 'uuid' }) productId: string;
  @ApiProperty() requested: number;
  @ApiProperty() available: number;
}

class OrderRejectionBody {
  @ApiProperty({ example: 'out-of-stock' }) code: string;
  @ApiProperty({ type: [ShortOrderItem] }) items: ShortOrderItem[];
}

export class OrderBody {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ format: 'uuid' }) userId: string;
  @ApiProperty({ enum: ['placed', 'confirmed', 'rejected', 'cancelled'] }) status: string;
  @ApiProperty({ type: [OrderItem] }) items: OrderItem[];
  @ApiProperty({ type: Money }) total: Money;
  @ApiProperty({ format: 'date-time' }) placedAt: string;
  @ApiProperty({ type: OrderRejectionBody, required: false }) rejection?: OrderRejectionBody;
}

export function orderBody(state: OrderState): OrderBody | undefined {
  if (state.status === 'none') return undefined;
  const { orderId, userId, status, items, total, currency, placedAt, rejection } = state;
  return {
    id: orderId,
    userId,
    status,
    items: items.map(({ productId, quantity, unitPrice }) => ({
      productId,
      quantity,
      unitPrice: { amount: unitPrice, currency },
    })),
    total: { amount: total, currency },
    placedAt,
    ...(rejection && { rejection: { code: rejection.code, items: [...rejection.items] } }),
  };
}
