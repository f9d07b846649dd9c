/** The commands and queries that controllers send over the buses. */
import { Command, Query } from '@nestjs/cqrs';
import type { LogPosition, OrderId, Positions, ProductId, UserId } from '@foldline/contracts';
import type { CommandAnswer, CommandRequest } from '@foldline/service-runtime';
import type { OrderState } from './domain/order.state';

export class PlaceNewOrder extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly userId: UserId,
    readonly items: readonly { readonly productId: ProductId; readonly quantity: number }[],
    readonly expectedTotal: { readonly amount: number; readonly currency: string } | undefined,
    readonly wanted: Positions,
  ) {
    super();
  }
}

export class CancelPlacedOrder extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly orderId: OrderId,
  ) {
    super();
  }
}

export interface OrderAt {
  readonly state: OrderState;
  readonly version: number;
  /** Of its last event. */
  readonly at?: LogPosition | undefined;
}

export class ReadOrder extends Query<OrderAt> {
  constructor(
    readonly orderId: OrderId,
    readonly callerId: UserId,
  ) {
    super();
  }
}

/** Waits until the order is decided, or for so long. */
export class AwaitDecision extends Query<OrderAt> {
  constructor(
    readonly orderId: OrderId,
    readonly seconds: number,
  ) {
    super();
  }
}
