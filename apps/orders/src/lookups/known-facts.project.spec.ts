import { allEventVersions, type OrderId, type ProductId, type ShopEvent, type UserId } from '@foldline/contracts';
import { applyAll, idOf, MemoryProjectionStores, rowsOf, SampleLog } from '@foldline/projections/testing';
import { knownFacts } from './known-facts.project';

const userId = idOf('buyer') as UserId;
const productId = idOf('lamp') as ProductId;
const orderId = idOf('order') as OrderId;
const details = { productId, title: 'Lamp', description: '', image: '/images/lamp.svg', category: 'desk' };
const signedUp = {
  type: 'UserSignedUp',
  data: { userId, role: 'customer', personal: { email: 'a@example.com', displayName: 'A' } },
} as const;
const listed = { type: 'ProductListed', data: { ...details, price: 1250, currency: 'EUR' } } as const;
type Told = Extract<ShopEvent, { type: `User${string}` | `Product${string}` | `Stock${string}` }>;

const logOf = ({ type }: Told) => (type.startsWith('User') ? 'users' : 'products');

/** The rows after these events, each of them delivered twice; what arrives in another order across logs changes nothing. */
async function factsAfter(...events: readonly Told[]): Promise<Record<string, readonly object[]>> {
  const logs = { users: new SampleLog('users'), products: new SampleLog('products') };
  const store = await new MemoryProjectionStores().openServing(knownFacts);
  for (const told of events) {
    const name = logOf(told);
    const log = logs[name];
    const from = (await store.checkpoint(name)) ?? { incarnation: log.incarnation, position: 0, eventId: '' };
    const stream = name === 'users' ? `user-${userId}` : told.type === 'StockRefused' ? 'reservation' : 'product';
    const event = log.append(told.type, stream, told.data);
    expect(await store.apply({ log: name, from, events: [event] })).toMatchObject({ kind: 'applied', parked: [] });
    expect(await store.apply({ log: name, from, events: [event] })).toMatchObject({ kind: 'moved' });
  }
  const rows = await rowsOf(store);
  for (const order of [
    ['users', 'products'],
    ['products', 'users'],
  ] as const) {
    const other = await new MemoryProjectionStores().openServing(knownFacts);
    for (const name of order) await applyAll(other, logs[name]);
    expect(await rowsOf(other)).toEqual(rows);
  }
  return rows;
}

const buyer = { id: userId, status: 'active' };
const price = { id: productId, price: 1250, currency: 'EUR', status: 'listed' };

describe('orders knows', () => {
  it('who may buy, and nothing else of a person', async () =>
    expect(await factsAfter(signedUp)).toEqual({ buyers: [buyer], prices: [] }));

  it('who has closed the account', async () =>
    expect(await factsAfter(signedUp, { type: 'UserClosed', data: { userId } })).toEqual({
      buyers: [{ ...buyer, status: 'closed' }],
      prices: [],
    }));

  it('what a product costs, now', async () => {
    expect(await factsAfter(listed)).toEqual({ buyers: [], prices: [price] });
    expect(await factsAfter(listed, { type: 'ProductRepriced', data: { productId, price: 99 } })).toEqual({
      buyers: [],
      prices: [{ ...price, price: 99 }],
    });
  });

  it('what can be bought no more', async () =>
    expect(await factsAfter(listed, { type: 'ProductWithdrawn', data: { productId } })).toEqual({
      buyers: [],
      prices: [{ ...price, status: 'withdrawn' }],
    }));

  it('nothing of what does not matter to an order', async () => {
    const items = [{ productId, requested: 1, available: 0 }];
    const rest: readonly Told[] = [
      { type: 'UserProfileChanged', data: { userId, personal: { displayName: 'B' } } },
      { type: 'UserRoleChanged', data: { userId, role: 'admin' } },
      { type: 'ProductDetailsChanged', data: details },
      { type: 'StockReceived', data: { productId, quantity: 1 } },
      { type: 'StockReserved', data: { productId, orderId, quantity: 1 } },
      { type: 'StockReleased', data: { productId, orderId, quantity: 1 } },
      { type: 'StockRefused', data: { orderId, code: 'out-of-stock', items } },
    ];
    expect(await factsAfter(signedUp, listed, ...rest)).toEqual({ buyers: [buyer], prices: [price] });
    const told = new Set([
      signedUp.type,
      listed.type,
      'UserClosed',
      'ProductRepriced',
      'ProductWithdrawn',
      ...rest.map(({ type }) => type),
    ]);
    const known = allEventVersions
      .filter(({ log }) => (knownFacts.logs as readonly string[]).includes(log))
      .map(({ type }) => type);
    expect([...new Set(known)].filter(type => !told.has(type))).toEqual([]);
  });
});
