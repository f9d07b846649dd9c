/** The product list: what shoppers look through, folded from this service's own log. */
import type { EventEnvelope, ProductEvent } from '@foldline/contracts';
import { defineProjection, defineTable } from '@foldline/projections';

export interface CatalogueRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly image: string;
  readonly category: string;
  readonly price: number;
  readonly currency: string;
  readonly available: number;
  readonly status: string;
}

export const catalogueTable = defineTable<CatalogueRow>({
  name: 'catalogue',
  key: ['id'],
  columns: {
    id: 'uuid',
    title: 'text',
    description: 'text',
    image: 'text',
    category: 'text',
    price: 'bigint',
    currency: 'text',
    available: 'bigint',
    status: 'text',
  },
  indexes: [
    ['title', 'id'],
    ['price', 'id'],
    ['category', 'id'],
  ],
});

type Rows = { get(id: string): CatalogueRow | undefined; put(row: CatalogueRow): void };

function change(rows: Rows, id: string, fields: (row: CatalogueRow) => Partial<CatalogueRow>): void {
  const row = rows.get(id);
  if (row) rows.put({ ...row, ...fields(row) });
}

export const catalogue = defineProjection({
  name: 'catalogue',
  logs: ['products'],
  revision: 1,
  tables: { catalogue: catalogueTable },
  keyOf: event => event.stream,
  touches: event => (event.type === 'StockRefused' ? {} : { catalogue: [[event.data.productId]] }),
  project: ({ catalogue: rows }, event) => fold(rows, event),
});

function fold(rows: Rows, event: EventEnvelope<ProductEvent> & ProductEvent): void {
  switch (event.type) {
    case 'ProductListed': {
      const { productId: id, title, description, image, category, price, currency } = event.data;
      return rows.put({ id, title, description, image, category, price, currency, available: 0, status: 'listed' });
    }
    case 'ProductDetailsChanged': {
      const { productId, title, description, image, category } = event.data;
      return change(rows, productId, () => ({ title, description, image, category }));
    }
    case 'ProductRepriced':
      return change(rows, event.data.productId, () => ({ price: event.data.price }));
    case 'ProductWithdrawn':
      return change(rows, event.data.productId, () => ({ status: 'withdrawn' }));
    case 'StockReceived':
    case 'StockReleased':
      return change(rows, event.data.productId, ({ available }) => ({ available: available + event.data.quantity }));
    case 'StockReserved':
      return change(rows, event.data.productId, ({ available }) => ({ available: available - event.data.quantity }));
    case 'StockRefused':
      return;
  }
}
