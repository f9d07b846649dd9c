/** A small story over two logs: products listed, renamed, repriced and stocked; orders confirmed and some cancelled. */
import { idOf, SampleLog } from './sample-log';

export function sampleShop(): { products: SampleLog; orders: SampleLog } {
  const products = new SampleLog('products');
  const orders = new SampleLog('orders');
  const ids = [0, 1, 2].map(i => idOf(`shop product ${i}`));
  const details = { description: '', image: 'https://x.example/i.png', category: 'toys' };
  const of = (i: number) => ({ productId: ids[i]! });
  const stream = (i: number) => `product-${ids[i]!}`;
  for (const i of [0, 1, 2])
    products.append('ProductListed', stream(i), {
      ...of(i),
      title: `Toy ${i}`,
      ...details,
      price: 100,
      currency: 'EUR',
    });
  for (let n = 0; n < 12; n++) {
    const i = n % 3;
    if (n % 4 === 0)
      products.append('ProductDetailsChanged', stream(i), { ...of(i), title: `Toy ${i}.${n}`, ...details });
    else if (n % 4 === 1) products.append('ProductRepriced', stream(i), { ...of(i), price: 100 + n });
    else products.append('StockReceived', stream(i), { ...of(i), quantity: n + 1 === 13 ? 1 : n + 1 });
  }
  products.append('ProductWithdrawn', stream(2), of(2));
  for (let n = 0; n < 10; n++) {
    const orderId = idOf(`shop order ${n}`);
    const items = [n % 3, (n + 1) % 3].map(i => ({ ...of(i), quantity: 1 + (n % 2), unitPrice: 100 + n }));
    const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0);
    const placedAt = `2026-01-${String(10 + n)}T00:00:00.000Z`;
    const data = { orderId, userId: idOf(`shop user ${n % 4}`), items, total, currency: 'EUR', placedAt };
    for (const type of ['OrderPlaced', 'OrderConfirmed', ...(n % 3 === 2 ? ['OrderCancelled'] : [])])
      orders.append(type, `order-${orderId}`, data);
  }
  return { products, orders };
}
