import type { OrderId, ProductEvent, ProductId } from '@foldline/contracts';
import { applyAll, idOf, MemoryProjectionStores, rowsOf, SampleLog } from '@foldline/projections/testing';
import { catalogue, type CatalogueRow } from './catalogue.project';

const productId = idOf('lamp') as ProductId;
const orderId = idOf('order') as OrderId;
const details = { productId, title: 'Lamp', description: 'Shines.', image: '/images/lamp.svg', category: 'desk' };
const listed: ProductEvent = { type: 'ProductListed', data: { ...details, price: 1250, currency: 'EUR' } };
const stock = (type: 'StockReceived' | 'StockReserved' | 'StockReleased', quantity: number): ProductEvent =>
  ({ type, data: { productId, quantity, ...(type !== 'StockReceived' && { orderId }) } }) as ProductEvent;

/** The rows after these events, each of them delivered twice. */
async function rowsAfter(...events: readonly ProductEvent[]): Promise<readonly CatalogueRow[]> {
  const log = new SampleLog('products');
  const store = await new MemoryProjectionStores().openServing(catalogue);
  for (const { type, data } of events) {
    const from = (await store.checkpoint('products')) ?? {
      incarnation: log.incarnation,
      position: 0,
      eventId: '',
    };
    const stream = 'productId' in data ? `product-${data.productId}` : `reservation-${data.orderId}`;
    const event = log.append(type, stream, data);
    expect(await store.apply({ log: 'products', from, events: [event] })).toMatchObject({
      kind: 'applied',
      parked: [],
    });
    expect(await store.apply({ log: 'products', from, events: [event] })).toMatchObject({ kind: 'moved' });
  }
  const atOnce = await new MemoryProjectionStores().openServing(catalogue);
  await applyAll(atOnce, log);
  const rows = await rowsOf(store);
  expect(await rowsOf(atOnce)).toEqual(rows);
  return rows['catalogue'] as readonly unknown[] as readonly CatalogueRow[];
}

const row = {
  id: productId,
  title: 'Lamp',
  description: 'Shines.',
  image: '/images/lamp.svg',
  category: 'desk',
  price: 1250,
  currency: 'EUR',
  available: 0,
  status: 'listed',
};

describe('the product list shows', () => {
  it('a product that was listed, without stock', async () => expect(await rowsAfter(listed)).toEqual([row]));

  it('its newest details', async () => {
    const changed = { productId, title: 'Torch', description: '', image: '/images/t.svg', category: 'tools' };
    const { productId: id, ...shown } = changed;
    expect(await rowsAfter(listed, { type: 'ProductDetailsChanged', data: changed })).toEqual([
      { ...row, ...shown, id },
    ]);
  });

  it('its newest price', async () =>
    expect(await rowsAfter(listed, { type: 'ProductRepriced', data: { productId, price: 99 } })).toEqual([
      { ...row, price: 99 },
    ]));

  it('the units that can be bought now: received, less reserved, and released again', async () => {
    const moves = [stock('StockReceived', 10), stock('StockReserved', 4), stock('StockReleased', 1)];
    const available = await Promise.all([1, 2, 3].map(n => rowsAfter(listed, ...moves.slice(0, n))));
    expect(available.map(([shown]) => shown?.available)).toEqual([10, 6, 7]);
  });

  it('a withdrawn product as such, and its stock that comes back', async () =>
    expect(
      await rowsAfter(
        listed,
        stock('StockReceived', 2),
        stock('StockReserved', 2),
        { type: 'ProductWithdrawn', data: { productId } },
        stock('StockReleased', 2),
      ),
    ).toEqual([{ ...row, available: 2, status: 'withdrawn' }]));

  it('nothing of an order that was refused', async () => {
    const items = [{ productId, requested: 5, available: 0 }];
    expect(await rowsAfter(listed, { type: 'StockRefused', data: { orderId, code: 'out-of-stock', items } })).toEqual([
      row,
    ]);
  });
});
