/** A projection small enough to check by eye that uses everything: two logs, keys of two columns, all types, `where`, deletes. */
import { defineProjection, defineTable, type EventFrom } from '../projection';

/** An amount of stock that the fold cannot bear: it throws, as a fold with a defect would. */
export const UNLUCKY = 13;

type Product = {
  productId: string;
  title: string | null;
  price: number;
  received: number;
  listed: boolean;
  recordedAt: string;
  detail: unknown;
  version: number;
};
type Purchase = {
  userId: string;
  productId: string;
  title: string | null;
  quantity: number;
  spent: number;
  lastAt: string;
};

const products = defineTable<Product>({
  name: 'sample_products',
  key: ['productId'],
  columns: {
    productId: 'uuid',
    title: 'text',
    price: 'bigint',
    received: 'bigint',
    listed: 'boolean',
    recordedAt: 'timestamp',
    detail: 'json',
    version: 'integer',
  },
  nullable: ['title', 'detail'],
});
const purchases = defineTable<Purchase>({
  name: 'sample_purchases',
  key: ['userId', 'productId'],
  columns: {
    userId: 'uuid',
    productId: 'uuid',
    title: 'text',
    quantity: 'bigint',
    spent: 'bigint',
    lastAt: 'timestamp',
  },
  nullable: ['title'],
  indexes: [['productId'], ['userId', '-lastAt']],
});

const ignores = ['OrderPlaced', 'OrderRejected', 'StockReserved', 'StockReleased', 'StockRefused'] as const;

const later = (a: string, b: string): string => (a > b ? a : b);

export const sampleProjection = defineProjection<
  'products' | 'orders',
  { products: typeof products; purchases: typeof purchases },
  (typeof ignores)[number]
>({
  name: 'sample',
  logs: ['products', 'orders'],
  ignores,
  tables: { products, purchases },
  revision: 1,
  keyOf: event => event.stream,
  touches(event) {
    switch (event.type) {
      case 'ProductListed':
      case 'ProductDetailsChanged':
        return {
          products: [[event.data.productId]],
          purchases: [{ column: 'productId', value: event.data.productId }],
        };
      case 'ProductRepriced':
      case 'StockReceived':
      case 'ProductWithdrawn':
        return { products: [[event.data.productId]] };
      case 'OrderConfirmed':
      case 'OrderCancelled': {
        const { userId, items } = event.data;
        return {
          products: items.map(({ productId }) => [productId]),
          purchases: items.map(({ productId }) => [userId, productId]),
        };
      }
    }
  },
  project(views, event) {
    const change = (productId: string, values: Partial<Product>) => {
      const before = views.products.get(productId);
      if (!before && event.type !== 'ProductListed') throw new Error('the product was never listed');
      const blank = {
        productId,
        title: null,
        price: 0,
        received: 0,
        listed: true,
        recordedAt: '',
        detail: null,
        version: 0,
      };
      views.products.put({ ...(before ?? blank), ...values, recordedAt: event.recordedAt, version: event.version });
    };
    switch (event.type) {
      case 'ProductListed':
      case 'ProductDetailsChanged': {
        const { productId, title, category, image } = event.data;
        change(productId, { title, detail: { category, images: [image] } });
        if (event.type === 'ProductListed') change(productId, { price: event.data.price });
        for (const bought of views.purchases.where('productId', productId)) views.purchases.put({ ...bought, title });
        return;
      }
      case 'ProductRepriced':
        return change(event.data.productId, { price: event.data.price });
      case 'StockReceived': {
        const { productId, quantity } = event.data;
        change(productId, { received: (views.products.get(productId)?.received ?? 0) + quantity });
        // After the change, so that what was done of a fold that fails must be undone.
        if (quantity === UNLUCKY) throw new Error('an unlucky quantity');
        return;
      }
      case 'ProductWithdrawn':
        return change(event.data.productId, { listed: false });
      case 'OrderConfirmed':
      case 'OrderCancelled':
        return bookPurchases(views, event);
    }
  },
});

type SampleViews = Parameters<typeof sampleProjection.project>[0];
type Booked = Extract<EventFrom<'orders'>, { type: 'OrderConfirmed' | 'OrderCancelled' }>;

function bookPurchases(views: SampleViews, { type, data: { userId, items, placedAt } }: Booked): void {
  const sign = type === 'OrderConfirmed' ? 1 : -1;
  for (const { productId, quantity, unitPrice } of items) {
    const before = views.purchases.get(userId, productId);
    const now = (before?.quantity ?? 0) + sign * quantity;
    if (now === 0) views.purchases.delete(userId, productId);
    else
      views.purchases.put({
        userId,
        productId,
        title: views.products.get(productId)?.title ?? null,
        quantity: now,
        spent: (before?.spent ?? 0) + sign * quantity * unitPrice,
        lastAt: later(before?.lastAt ?? '', placedAt),
      });
  }
}
