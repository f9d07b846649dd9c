/** What a command leads to. */
import { MAX_AMOUNT, type OrderEvent, type OrderLine } from '@foldline/contracts';
import { accept, reject, type Decision } from '@foldline/decider';
import type { KnownProduct, OrderCommand, PlaceOrder, RejectOrder, WantedItem } from './order.commands';
import type { OrderRejection } from './order.rejections';
import type { Order, OrderState } from './order.state';

type OrderDecision = Decision<OrderEvent, OrderRejection>;

export function decide(command: OrderCommand, state: OrderState): OrderDecision {
  if (command.type === 'PlaceOrder') return state.status === 'none' ? place(command) : reject({ code: 'order-exists' });
  if (state.status === 'none') return reject({ code: 'unknown-order' });
  switch (command.type) {
    case 'ConfirmOrder':
      return confirm(state);
    case 'RejectOrder':
      return rejectOrder(command, state);
    case 'CancelOrder':
      return cancel(state);
  }
}

const without = (items: readonly WantedItem[], fits: (product: KnownProduct | undefined) => boolean) =>
  items.filter(({ product }) => !fits(product)).map(({ productId }) => productId);

function place({ orderId, userId, placedAt, buyerStatus, items, expectedTotal }: PlaceOrder): OrderDecision {
  if (buyerStatus !== 'active') return reject({ code: buyerStatus === 'closed' ? 'account-closed' : 'unknown-buyer' });
  const unknown = without(items, product => product !== undefined);
  if (unknown.length > 0) return reject({ code: 'product-not-known', productIds: unknown });
  const withdrawn = without(items, product => product?.status === 'listed');
  if (withdrawn.length > 0) return reject({ code: 'product-withdrawn', productIds: withdrawn });
  const currencies = [...new Set(items.map(({ product }) => product!.currency))];
  const [currency] = currencies;
  if (currency === undefined || currencies.length > 1) return reject({ code: 'mixed-currencies', currencies });
  const lines: OrderLine[] = items.map(({ productId, quantity, product }) => ({
    productId,
    quantity,
    unitPrice: product!.price,
  }));
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  if (total > MAX_AMOUNT) return reject({ code: 'total-too-large' });
  if (expectedTotal && (expectedTotal.amount !== total || expectedTotal.currency !== currency)) {
    return reject({ code: 'price-changed', total: { amount: total, currency } });
  }
  return accept<OrderEvent>({
    type: 'OrderPlaced',
    data: { orderId, userId, items: lines, total, currency, placedAt },
  });
}

const linesOf = ({ orderId, userId, items, total, currency, placedAt }: Order) => ({
  orderId,
  userId,
  items: [...items],
  total,
  currency,
  placedAt,
});

/** Decided once; what comes later about the same order changes nothing. */
function confirm(order: Order): OrderDecision {
  return order.status === 'placed' ? accept<OrderEvent>({ type: 'OrderConfirmed', data: linesOf(order) }) : accept();
}

function rejectOrder({ code, items }: RejectOrder, { status, orderId, userId }: Order): OrderDecision {
  return status === 'placed'
    ? accept<OrderEvent>({ type: 'OrderRejected', data: { orderId, userId, code, items: [...items] } })
    : accept();
}

/** Only what is reserved can be given back: an order is cancelled once it is confirmed. */
function cancel(order: Order): OrderDecision {
  switch (order.status) {
    case 'placed':
      return reject({ code: 'order-not-decided' });
    case 'rejected':
      return reject({ code: 'order-rejected' });
    case 'confirmed':
      return accept<OrderEvent>({ type: 'OrderCancelled', data: { ...linesOf(order), refund: order.total } });
    case 'cancelled':
      return accept();
  }
}
