/** The smallest domain worth testing with: a product's stock may not go below zero. */
import { accept, reject, type Decision } from '@foldline/decider';
import type { NewEvent } from '../event-log.port';
import { newId, received } from './sample-appends';

export interface Stock {
  readonly available: number;
  readonly log: readonly string[];
}

export const stock = {
  initial: { available: 0, log: [] } as Stock,
  evolve: (state: Stock, event: NewEvent): Stock => {
    const { quantity } = event.data as { quantity: number };
    const change = event.type === 'StockReserved' ? -quantity : quantity;
    return { available: state.available + change, log: [...state.log, event.type].slice(-3) };
  },
};

export const receive = (quantity: number) => (): Decision<NewEvent, 'out-of-stock'> =>
  quantity > 0 ? accept(received(quantity)) : accept();

export const reserve =
  (quantity: number) =>
  (state: Stock): Decision<NewEvent, 'out-of-stock'> =>
    state.available < quantity
      ? reject('out-of-stock')
      : accept({ type: 'StockReserved', data: { productId: newId(), orderId: newId(), quantity } });
