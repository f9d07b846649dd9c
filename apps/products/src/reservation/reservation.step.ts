/** The reservation: for every order placed, stock of every line or of none; for every order cancelled, its stock back. */
import {
  streamOf,
  type OrderEvent,
  type OrderLine,
  type ProductEvent,
  type RefusalCode,
  type ShortItem,
} from '@foldline/contracts';
import { defineProcessStep, type Park, type Reaction, type States } from '@foldline/process';
import { productDecider } from '../domain/product.decider';
import type { ProductRejection } from '../domain/product.rejections';
import type { ProductState } from '../domain/product.state';

export const reservation = defineProcessStep<'orders', ProductState, ProductEvent>({
  name: 'reservation',
  from: 'orders',
  initial: productDecider.initial,
  evolve: productDecider.evolve,
  keyOf: trigger => trigger.stream,
  streams: trigger =>
    trigger.type === 'OrderPlaced' || trigger.type === 'OrderCancelled'
      ? trigger.data.items.map(({ productId }) => streamOf.product(productId))
      : [],
  react: (states, trigger) => {
    switch (trigger.type) {
      case 'OrderPlaced':
        return reserve(states, trigger.data);
      case 'OrderCancelled':
        return release(states, trigger.data);
      case 'OrderConfirmed':
      case 'OrderRejected':
        return [];
    }
  },
});

type Lines = Extract<OrderEvent, { type: 'OrderPlaced' }>['data'];

function reserve(states: States<ProductState>, { orderId, items }: Lines): Reaction<ProductEvent>[] {
  // Lines of one order see each other, so that two lines of one product cannot both take its last unit.
  const after = new Map<string, ProductState>();
  const lines = items.map(line => {
    const stream = streamOf.product(line.productId);
    const state = after.get(stream) ?? states.get(stream);
    const decision = productDecider.decide({ type: 'ReserveStock', orderId, quantity: line.quantity }, state);
    if (decision.kind === 'accepted') after.set(stream, decision.events.reduce(productDecider.evolve, state));
    return { line, stream, decision };
  });
  const refused = lines.flatMap(({ line, decision }) =>
    decision.kind === 'rejected' ? [{ line, rejection: decision.rejection }] : [],
  );
  const [first] = refused;
  if (first) {
    const data = {
      orderId,
      code: refusalCode(first.rejection),
      items: refused.map(({ line, rejection }) => shortItem(line, rejection)),
    };
    return [{ stream: streamOf.reservation(orderId), events: [{ type: 'StockRefused', data }] }];
  }
  return lines.map(({ stream, decision }) => ({ stream, events: decision.kind === 'accepted' ? decision.events : [] }));
}

function release(states: States<ProductState>, { orderId, items }: Lines): Reaction<ProductEvent>[] | Park {
  const reactions: Reaction<ProductEvent>[] = [];
  for (const { productId, quantity } of items) {
    const stream = streamOf.product(productId);
    const decision = productDecider.decide({ type: 'ReleaseStock', orderId, quantity }, states.get(stream));
    // Only what was reserved is cancelled, and what was reserved is a product of this log.
    if (decision.kind === 'rejected') return { park: `stock cannot be released: ${decision.rejection.code}` };
    reactions.push({ stream, events: decision.events });
  }
  return reactions;
}

const refusalCode = ({ code }: ProductRejection): RefusalCode =>
  code === 'out-of-stock' || code === 'product-withdrawn' ? code : 'unknown-product';

const shortItem = ({ productId, quantity }: OrderLine, rejection: ProductRejection): ShortItem => ({
  productId,
  requested: quantity,
  available: rejection.code === 'out-of-stock' ? rejection.available : 0,
});
