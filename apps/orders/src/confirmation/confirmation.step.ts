/** The confirmation: an order whose stock is reserved is confirmed, one whose stock was refused is rejected. */
import { streamOf, type OrderEvent, type OrderId } from '@foldline/contracts';
import { defineProcessStep, type Park, type Reaction, type States } from '@foldline/process';
import type { OrderCommand } from '../domain/order.commands';
import { orderDecider } from '../domain/order.decider';
import type { OrderState } from '../domain/order.state';

export const confirmation = defineProcessStep<'products', OrderState, OrderEvent>({
  name: 'confirmation',
  from: 'products',
  initial: orderDecider.initial,
  evolve: orderDecider.evolve,
  keyOf: trigger =>
    trigger.type === 'StockReserved' || trigger.type === 'StockRefused' ? trigger.data.orderId : trigger.stream,
  streams: trigger =>
    trigger.type === 'StockReserved' || trigger.type === 'StockRefused' ? [streamOf.order(trigger.data.orderId)] : [],
  react: (states, trigger) => {
    switch (trigger.type) {
      case 'StockReserved':
        // All lines of an order are reserved in one append, so the first one speaks for all; the others change nothing.
        return decide(states, trigger.data.orderId, { type: 'ConfirmOrder' });
      case 'StockRefused':
        return decide(states, trigger.data.orderId, {
          type: 'RejectOrder',
          code: trigger.data.code,
          items: trigger.data.items,
        });
      case 'ProductListed':
      case 'ProductDetailsChanged':
      case 'ProductRepriced':
      case 'ProductWithdrawn':
      case 'StockReceived':
      case 'StockReleased':
        return [];
    }
  },
});

function decide(states: States<OrderState>, orderId: OrderId, command: OrderCommand): Reaction<OrderEvent>[] | Park {
  const stream = streamOf.order(orderId);
  const decision = orderDecider.decide(command, states.get(stream));
  // An order that is not in this log cannot have been reserved by it.
  if (decision.kind === 'rejected') return { park: `the order cannot be decided: ${decision.rejection.code}` };
  return decision.events.length > 0 ? [{ stream, events: decision.events }] : [];
}
