/** Orders over HTTP on real PostgreSQL; users and products are told by owners of the test's own. */
import { randomUUID } from 'node:crypto';
import { decodeToken, encodeToken, type OrderId, type ProductId, type UserId } from '@foldline/contracts';
import { ServiceUnderTest, StandInOwner, type Answer } from '@foldline/service-runtime/testing';
import { eventually } from '@foldline/testing';
import { composeOrders } from '../src/orders.module';
import { ordersSettings } from '../src/orders.settings';

jest.setTimeout(60_000);

let service: ServiceUnderTest;
let users: StandInOwner<'users'>;
let products: StandInOwner<'products'>;
let admin: string;

interface Buyer {
  readonly id: string;
  readonly token: string;
}
let buyer: Buyer;
let other: Buyer;
let lamp: string;
let mug: string;

const details = { title: 'Thing', description: '', image: '/images/a.svg', category: 'things' };
const userId = (id: string) => id as UserId;
const productId = (id: string) => id as ProductId;

async function newBuyer(): Promise<Buyer> {
  const id = randomUUID();
  const personal = { email: `${id}@example.com`, displayName: 'Buyer' };
  const data = { userId: userId(id), role: 'customer' as const, personal };
  await users.tell({ type: 'UserSignedUp', data }, `user-${id}`);
  return { id, token: await service.tokenOf(id) };
}

async function newProduct(price: number, currency = 'EUR'): Promise<string> {
  const id = randomUUID();
  const data = { productId: productId(id), ...details, price, currency };
  await products.tell({ type: 'ProductListed', data }, `product-${id}`);
  return id;
}

const reserve = (orderId: string, product: string, quantity: number) =>
  products.tell(
    { type: 'StockReserved', data: { productId: productId(product), orderId: orderId as OrderId, quantity } },
    `product-${product}`,
  );

beforeAll(async () => {
  service = await ServiceUnderTest.prepare('orders', ordersSettings, composeOrders);
  users = await StandInOwner.answering(service.nats.url, 'users');
  products = await StandInOwner.answering(service.nats.url, 'products');
  await service.up();
  [buyer, other] = [await newBuyer(), await newBuyer()];
  [lamp, mug] = [await newProduct(1000), await newProduct(250)];
  admin = await service.tokenOf(randomUUID(), 'admin');
});
afterAll(async () => {
  await Promise.all([users.stop(), products.stop()]);
  await service.close();
});

const item = (product: string, quantity = 1) => ({ productId: product, quantity });
const place = (items: unknown, more: object = {}, headers: Record<string, string> = {}, who = buyer): Promise<Answer> =>
  service.call('POST', '/orders', { token: who.token, body: { items, ...more }, headers });
const read = (id: string, token = buyer.token): Promise<Answer> => service.call('GET', `/orders/${id}`, { token });
const cancel = (id: string, token = buyer.token, headers: Record<string, string> = {}): Promise<Answer> =>
  service.call('POST', `/orders/${id}/cancellation`, { token, headers });

/** An order that was confirmed. */
async function bought(): Promise<Answer> {
  const { body } = await place([item(lamp)]);
  await reserve(body.id, lamp, 1);
  return eventually(async () => {
    const answer = await read(body.id);
    expect(answer.body.status).toBe('confirmed');
    return answer;
  });
}

describe('placing', () => {
  it('answers with the order at the prices of the moment, its address and a token that names the event', async () => {
    const { status, body, headers } = await place([item(lamp, 2), item(mug)]);
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect([status, body]).toEqual([
      201,
      {
        id: body.id,
        userId: buyer.id,
        status: 'placed',
        items: [
          { ...item(lamp, 2), unitPrice: eur(1000) },
          { ...item(mug), unitPrice: eur(250) },
        ],
        total: eur(2250),
        placedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
    expect(headers.get('location')).toBe(`/orders/${body.id}`);
    expect(decodeToken(headers.get('consistency-token')!)?.orders?.position).toBe(await service.head());
    const again = await read(body.id);
    expect([again.body, again.headers.get('etag')]).toEqual([body, '"1"']);
  });

  it('waits for the decision when asked to, and its token then names that', async () => {
    const before = await service.head();
    const waiting = place([item(lamp)], {}, { prefer: 'wait=20' });
    const id = await eventually(async () => {
      const [stream] = await service.column<string>(
        `select stream from log.events where type = 'OrderPlaced' and position > $1`,
        [before],
      );
      const { body } = await read(stream!.slice('order-'.length));
      expect(body.status).toBe('placed');
      return body.id as string;
    });
    await reserve(id, lamp, 1);
    const { status, body, headers } = await waiting;
    expect([status, body.id, body.status]).toEqual([201, id, 'confirmed']);
    expect(headers.get('preference-applied')).toBe('wait=20');
    expect(decodeToken(headers.get('consistency-token')!)?.orders?.position).toBe(await service.head());
  });

  it('that is refused says which items are short', async () => {
    const { body } = await place([item(lamp, 3)]);
    const items = [{ productId: productId(lamp), requested: 3, available: 1 }];
    const data = { orderId: body.id as OrderId, code: 'out-of-stock' as const, items };
    await products.tell({ type: 'StockRefused', data }, `reservation-${body.id}`);
    await eventually(async () => expect((await read(body.id)).body.status).toBe('rejected'));
    expect((await read(body.id)).body.rejection).toEqual({ code: 'out-of-stock', items });
    const refused = await cancel(body.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'order-rejected']);
  });

  it('answers at once when patience ends before the decision', async () => {
    const { status, body } = await place([item(lamp)], {}, { prefer: 'wait=0' });
    expect([status, body.status]).toEqual([201, 'placed']);
    const async = await place([item(lamp)], {}, { prefer: 'respond-async' });
    expect([async.status, async.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
  });

  it('at the total that was seen is done, at another refused with the true one', async () => {
    const done = await place([item(mug, 2)], { expectedTotal: { amount: 500, currency: 'EUR' } });
    expect(done.status).toBe(201);
    const head = await service.head();
    for (const expectedTotal of [
      { amount: 499, currency: 'EUR' },
      { amount: 500, currency: 'USD' },
    ]) {
      const { status, body } = await place([item(mug, 2)], { expectedTotal });
      expect([status, body.code, body.total]).toEqual([409, 'price-changed', { amount: 500, currency: 'EUR' }]);
    }
    expect(await service.head()).toBe(head);
  });

  it('by who brings the token of a new price takes that price', async () => {
    const kettle = await newProduct(700);
    const data = { productId: productId(kettle), price: 600 };
    const at = await products.tell({ type: 'ProductRepriced', data }, `product-${kettle}`);
    const headers = { 'consistency-token': encodeToken({ products: at }) };
    const { body } = await place([item(kettle)], {}, headers);
    expect(body.total).toEqual({ amount: 600, currency: 'EUR' });
  });

  it('by who has just signed up, of what was just listed, is done', async () => {
    const [late, fresh] = [await newBuyer(), await newProduct(5)];
    expect((await place([item(fresh)], {}, {}, late)).status).toBe(201);
  });

  it('what cannot be bought is refused, and nothing is written', async () => {
    const gone = await newProduct(1);
    const withdrawn = { productId: productId(gone) };
    const at = await products.tell({ type: 'ProductWithdrawn', data: withdrawn }, `product-${gone}`);
    const dollars = await newProduct(1, 'USD');
    const dear = await newProduct(1_000_000_000_000);
    const head = await service.head();
    const headers = { 'consistency-token': encodeToken({ products: at }) };
    const codeOf = async (...items: object[]) => {
      const { status, body } = await place(items, {}, headers);
      return [status, body.code];
    };
    expect(await codeOf(item(gone))).toEqual([409, 'product-withdrawn']);
    expect(await codeOf(item(lamp), item(dollars))).toEqual([409, 'mixed-currencies']);
    expect(await codeOf(item(dear, 1000))).toEqual([409, 'total-too-large']);
    expect(await codeOf(item(randomUUID()))).toEqual([409, 'product-not-known']);
    expect(await service.head()).toBe(head);
  });

  it.each<[string, unknown, object?]>([
    ['no items', []],
    ['items that are no list', { productId: 'x' }],
    ['a list in the list', [[]]],
    ['null in the list', [null]],
    ['text in the list', ['x']],
    ['51 items', Array.from({ length: 51 }, () => item(randomUUID()))],
    ['a product twice', [item('0190a1b2-0000-7000-8000-000000000001'), item('0190a1b2-0000-7000-8000-000000000001')]],
    ['none of a product', [item(randomUUID(), 0)]],
    ['less than none', [item(randomUUID(), -1)]],
    ['half a product', [item(randomUUID(), 0.5)]],
    ['1,001 of a product', [item(randomUUID(), 1001)]],
    ['a quantity in text', [{ productId: randomUUID(), quantity: '1' }]],
    ['an id in upper case', [item('0190A1B2-0000-7000-8000-000000000001')]],
    ['a price of its own', [{ ...item(randomUUID()), unitPrice: 1 }]],
    ['another buyer', [item(randomUUID())], { userId: randomUUID() }],
    ['a status', [item(randomUUID())], { status: 'confirmed' }],
    ['a total that is a number', [item(randomUUID())], { expectedTotal: 5 }],
    ['a total that is a list', [item(randomUUID())], { expectedTotal: [] }],
    ['a total that is null', [item(randomUUID())], { expectedTotal: null }],
  ])('with %s is refused, and nothing is written', async (_, items, more = {}) => {
    const head = await service.head();
    const { status, body } = await place(items, more);
    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(await service.head()).toBe(head);
  });
});

describe('a repeated key', () => {
  it('gives the first answer, whatever happened since, and places one order', async () => {
    const kettle = await newProduct(700);
    const key = { 'idempotency-key': randomUUID() };
    const first = await place([item(kettle)], {}, key);
    const data = { productId: productId(kettle) };
    const at = await products.tell({ type: 'ProductWithdrawn', data }, `product-${kettle}`);
    const again = await place([item(kettle)], {}, { ...key, 'consistency-token': encodeToken({ products: at }) });
    expect([again.status, again.body, again.headers.get('location')]).toEqual([
      201,
      first.body,
      first.headers.get('location'),
    ]);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  });

  it('sent twenty times at once places one order', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => place([item(mug)], {}, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
  });

  it('with another order is refused; of another buyer it is another key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await place([item(mug)], {}, key);
    const reused = await place([item(mug, 2)], {}, key);
    expect([reused.status, reused.body.code]).toEqual([422, 'key-reused']);
    const theirs = await place([item(mug)], {}, key, other);
    expect([theirs.status, theirs.body.id === first.body.id]).toEqual([201, false]);
  });

  it('of an order that was refused gives that refusal again', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const wrong = { expectedTotal: { amount: 1, currency: 'EUR' } };
    const [first, again] = [await place([item(mug)], wrong, key), await place([item(mug)], wrong, key)];
    expect([again.status, again.body]).toEqual([409, first.body]);
    expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('with patience shows the decision that came meanwhile', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const { body } = await place([item(lamp)], {}, key);
    await reserve(body.id, lamp, 1);
    const again = await place([item(lamp)], {}, { ...key, prefer: 'wait=20' });
    expect([again.status, again.body.id, again.body.status]).toEqual([201, body.id, 'confirmed']);
  });
});

describe('cancelling', () => {
  it('is for what was confirmed; twice is once', async () => {
    const { body } = await bought();
    const [first, again] = [await cancel(body.id), await cancel(body.id)];
    expect([first.status, first.body.status, again.status, again.body.status]).toEqual([
      200,
      'cancelled',
      200,
      'cancelled',
    ]);
    expect(await service.typesOf(`order-${body.id}`)).toEqual(['OrderPlaced', 'OrderConfirmed', 'OrderCancelled']);
  });

  it('by twenty at once is done once', async () => {
    const { body } = await bought();
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(body.id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await service.typesOf(`order-${body.id}`)).toHaveLength(3);
  });

  it('what is not decided yet is to be tried again, also with the same key', async () => {
    const { body } = await place([item(lamp)]);
    const key = { 'idempotency-key': randomUUID() };
    const early = await cancel(body.id, buyer.token, key);
    expect([early.status, early.body.code, early.body.retryable]).toEqual([409, 'order-not-decided', true]);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    await reserve(body.id, lamp, 1);
    await eventually(async () => expect((await cancel(body.id, buyer.token, key)).body.status).toBe('cancelled'));
  });
});

describe('who may', () => {
  it('place: who is signed in and known to have an account', async () => {
    const { body } = { body: { items: [item(lamp)] } };
    expect((await service.call('POST', '/orders', { body })).status).toBe(401);
    const stranger = { id: randomUUID(), token: '' };
    const unknown = await place([item(lamp)], {}, {}, { ...stranger, token: await service.tokenOf(stranger.id) });
    expect([unknown.status, unknown.body.code]).toEqual([409, 'unknown-buyer']);
  });

  it('look and cancel: the owner and admins; others are refused and change nothing', async () => {
    const { body } = await bought();
    for (const call of [read, cancel]) {
      expect((await call(body.id, '')).status).toBe(401);
      const theirs = await call(body.id, other.token);
      expect([theirs.status, theirs.body.code]).toEqual([403, 'forbidden']);
    }
    expect(await service.typesOf(`order-${body.id}`)).toEqual(['OrderPlaced', 'OrderConfirmed']);
    expect((await read(body.id, admin)).status).toBe(200);
    expect((await cancel(body.id, admin)).body.status).toBe('cancelled');
    for (const call of [read, cancel]) expect((await call(randomUUID())).status).toBe(404);
  });

  it('nobody whose account is closed, however long the token lives', async () => {
    const leaver = await newBuyer();
    const { body } = await place([item(lamp)], {}, {}, leaver);
    const data = { userId: userId(leaver.id) };
    const at = await users.tell({ type: 'UserClosed', data }, `user-${leaver.id}`);
    const headers = { 'consistency-token': encodeToken({ users: at }) };
    const refused = await place([item(lamp)], {}, headers, leaver);
    expect([refused.status, refused.body.code]).toEqual([401, 'account-closed']);
    for (const call of [read, cancel]) expect((await call(body.id, leaver.token)).body.code).toBe('account-closed');
  });
});

it('while the broker is down orders are placed, and decided when it is back; nobody says then that a product does not exist', async () => {
  await service.nats.stop();
  const unknown = await place([item(randomUUID())]);
  expect([unknown.status, unknown.body.code, unknown.body.retryable]).toEqual([503, 'service-unavailable', true]);
  const { status, body } = await place([item(lamp)]);
  expect([status, (await read(body.id)).body.status]).toEqual([201, 'placed']);
  await service.nats.start();
  await eventually(() => reserve(body.id, lamp, 1), { timeout: 20_000 });
  await eventually(async () => expect((await read(body.id)).body.status).toBe('confirmed'), { timeout: 20_000 });
});
