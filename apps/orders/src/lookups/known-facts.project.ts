/** What orders needs to know of users and products, in its own database: who may buy, and at what price. */
import type { EventFrom } from '@foldline/projections';
import { defineProjection, defineTable } from '@foldline/projections';

export interface BuyerRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly status: string;
}

export interface PriceRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly price: number;
  readonly currency: string;
  readonly status: string;
}

export const buyersTable = defineTable<BuyerRow>({
  name: 'buyers',
  key: ['id'],
  columns: { id: 'uuid', status: 'text' },
});
export const pricesTable = defineTable<PriceRow>({
  name: 'prices',
  key: ['id'],
  columns: { id: 'uuid', price: 'bigint', currency: 'text', status: 'text' },
});

interface Views {
  readonly buyers: { put(row: BuyerRow): void };
  readonly prices: { get(id: string): PriceRow | undefined; put(row: PriceRow): void };
}

const ignores = [
  'UserProfileChanged',
  'UserRoleChanged',
  'ProductDetailsChanged',
  'StockReceived',
  'StockReserved',
  'StockReleased',
  'StockRefused',
] as const;

export const knownFacts = defineProjection({
  name: 'known-facts',
  logs: ['users', 'products'],
  ignores,
  revision: 1,
  tables: { buyers: buyersTable, prices: pricesTable },
  keyOf: event => event.stream,
  touches: event => {
    switch (event.type) {
      case 'UserSignedUp':
      case 'UserClosed':
        return { buyers: [[event.data.userId]] };
      case 'ProductListed':
      case 'ProductRepriced':
      case 'ProductWithdrawn':
        return { prices: [[event.data.productId]] };
    }
  },
  project: (views, event) => fold(views, event),
});

function fold({ buyers, prices }: Views, event: EventFrom<'users' | 'products', (typeof ignores)[number]>): void {
  switch (event.type) {
    case 'UserSignedUp':
      return buyers.put({ id: event.data.userId, status: 'active' });
    case 'UserClosed':
      return buyers.put({ id: event.data.userId, status: 'closed' });
    case 'ProductListed': {
      const { productId: id, price, currency } = event.data;
      return prices.put({ id, price, currency, status: 'listed' });
    }
    case 'ProductRepriced': {
      const row = prices.get(event.data.productId);
      return row && prices.put({ ...row, price: event.data.price });
    }
    case 'ProductWithdrawn': {
      const row = prices.get(event.data.productId);
      return row && prices.put({ ...row, status: 'withdrawn' });
    }
  }
}
