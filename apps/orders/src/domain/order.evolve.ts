/** What an event makes of an order. */
import type { OrderEvent } from '@foldline/contracts';
import type { OrderState } from './order.state';

export function evolve(state: OrderState, event: OrderEvent): OrderState {
  switch (event.type) {
    case 'OrderPlaced': {
      const { orderId, userId, items, total, currency, placedAt } = event.data;
      return { status: 'placed', orderId, userId, items, total, currency, placedAt, rejection: null };
    }
    case 'OrderConfirmed':
      return state.status === 'none' ? state : { ...state, status: 'confirmed' };
    case 'OrderRejected': {
      const { code, items } = event.data;
      return state.status === 'none' ? state : { ...state, status: 'rejected', rejection: { code, items } };
    }
    case 'OrderCancelled':
      return state.status === 'none' ? state : { ...state, status: 'cancelled' };
  }
}
