/** Products over HTTP on real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { decodeToken, encodeToken, type ProductId, type UserId } from '@foldline/contracts';
import { ServiceUnderTest, StandInOwner, type Answer } from '@foldline/service-runtime/testing';
import { eventually } from '@foldline/testing';
import { composeProducts } from '../src/products.module';
import { productsSettings } from '../src/products.settings';

jest.setTimeout(60_000);

let service: ServiceUnderTest;
let orders: StandInOwner<'orders'>;
let admin: string;
let customer: string;

beforeAll(async () => {
  service = await ServiceUnderTest.prepare('products', productsSettings, composeProducts);
  orders = await StandInOwner.answering(service.nats.url, 'orders');
  await service.up();
  [admin, customer] = [await service.tokenOf(randomUUID(), 'admin'), await service.tokenOf()];
});
afterAll(async () => {
  await orders.stop();
  await service.close();
});

const lamp = {
  title: 'Brass Lamp',
  description: 'Shines warmly.',
  image: '/images/desk-lamp.svg',
  category: 'desk',
  price: { amount: 1250, currency: 'EUR' },
};
const list = (fields: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  service.call('POST', '/products', { token: admin, body: { ...lamp, ...fields }, headers });
const read = (id: string): Promise<Answer> => service.call('GET', `/products/${id}`);
const change = (id: string, body: object, tag = '*'): Promise<Answer> =>
  service.call('PATCH', `/products/${id}`, { token: admin, body, headers: { 'if-match': tag } });
const receive = (id: string, quantity: number, headers: Record<string, string> = {}): Promise<Answer> =>
  service.call('POST', `/products/${id}/stock`, { token: admin, body: { quantity }, headers });
const withdraw = (id: string): Promise<Answer> => service.call('DELETE', `/products/${id}`, { token: admin });
const after = ({ headers }: Answer) => ({ 'consistency-token': headers.get('consistency-token')!, prefer: 'wait=10' });

describe('listing', () => {
  it('answers with the product, its address, its tag and a token that names the event', async () => {
    const { status, body, headers } = await list();
    expect([status, body]).toEqual([201, { id: body.id, ...lamp, available: 0, status: 'listed' }]);
    expect([headers.get('location'), headers.get('etag')]).toEqual([`/products/${body.id}`, '"1"']);
    expect(decodeToken(headers.get('consistency-token')!)?.products?.position).toBe(await service.head());
    expect((await read(body.id)).body).toEqual(body);
  });

  it('with stock tells of both', async () => {
    const { body } = await list({ stock: 7 });
    expect(body.available).toBe(7);
    expect(await service.typesOf(`product-${body.id}`)).toEqual(['ProductListed', 'StockReceived']);
  });

  it('is seen in the list by who brings its token, and by nobody half', async () => {
    const category = randomUUID();
    const answer = await list({ category, stock: 3 });
    const shown = await service.call('GET', `/products?category=${category}`, { headers: after(answer) });
    expect(shown.body).toEqual({ items: [answer.body], next: null });
  });

  it('repeated with its key gives the first answer and lists nothing more', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await list({}, key);
    const head = await service.head();
    const again = await list({}, key);
    expect([again.status, again.body, again.headers.get('location'), again.headers.get('etag')]).toEqual([
      201,
      first.body,
      first.headers.get('location'),
      '"1"',
    ]);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    const other = await list({ title: 'Another' }, key);
    expect([other.status, other.body.code, await service.head()]).toEqual([422, 'key-reused', head]);
  });

  it.each([
    ['an id', { id: randomUUID() }],
    ['a status', { status: 'listed' }],
    ['a blank title', { title: ' ' }],
    ['a long title', { title: 'x'.repeat(201) }],
    ['a script as image', { image: 'javascript:alert(1)' }],
    ['a password in the image’s address', { image: 'https://a:b@example.com/x.png' }],
    ['a path outside as image', { image: '/images/../../etc/passwd' }],
    ['a negative price', { price: { amount: -1, currency: 'EUR' } }],
    ['a fraction of a cent', { price: { amount: 12.5, currency: 'EUR' } }],
    ['no currency', { price: { amount: 1 } }],
    ['a lower-case currency', { price: { amount: 1, currency: 'eur' } }],
    ['a price that is a list', { price: [] }],
    ['more stock than can be', { stock: 1_000_001 }],
    ['stock that is text', { stock: '1' }],
    ['stock that is null', { stock: null }],
  ])('with %s is refused, and nothing is written', async (_, fields) => {
    const head = await service.head();
    const { status, body } = await list(fields);
    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(body.errors[0].pointer).toMatch(new RegExp(`^/${Object.keys(fields)[0]}`));
    expect(await service.head()).toBe(head);
  });
});

describe('changing', () => {
  it('is for the version that was read', async () => {
    const { body, headers } = await list();
    const changed = await change(body.id, { title: 'Lantern' }, headers.get('etag')!);
    expect([changed.status, changed.body, changed.headers.get('etag')]).toEqual([
      200,
      { ...body, title: 'Lantern' },
      '"2"',
    ]);
    const stale = await change(body.id, { title: 'Torch' }, headers.get('etag')!);
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-version']);
    expect((await change(body.id, { title: 'Torch' }, changed.headers.get('etag')!)).status).toBe(200);
    expect((await read(body.id)).body.title).toBe('Torch');
  });

  it.each([
    ['none', undefined, 428, 'if-match-required'],
    ['a weak tag', 'W/"1"', 412, 'stale-version'],
    ['a tag to come', '"99"', 412, 'stale-version'],
    ['no tag', 'nonsense', 400, 'invalid-request'],
  ])('with %s is refused: %s', async (_, tag, status, code) => {
    const { body } = await list();
    const answer = await service.call('PATCH', `/products/${body.id}`, {
      token: admin,
      body: { title: 'X' },
      headers: tag === undefined ? {} : { 'if-match': tag },
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await service.typesOf(`product-${body.id}`)).toEqual(['ProductListed']);
  });

  it('of details and price tells of both; to what it is, of nothing', async () => {
    const { body } = await list();
    await change(body.id, { description: '', price: { amount: 99, currency: 'EUR' } });
    const same = await change(body.id, { description: '', price: { amount: 99, currency: 'EUR' } });
    expect([same.status, same.headers.get('etag')]).toEqual([200, '"3"']);
    expect(await service.typesOf(`product-${body.id}`)).toEqual([
      'ProductListed',
      'ProductDetailsChanged',
      'ProductRepriced',
    ]);
  });

  it('the currency is refused', async () => {
    const { body } = await list();
    const refused = await change(body.id, { price: { amount: 1, currency: 'USD' } });
    expect([refused.status, refused.body.code]).toEqual([409, 'currency-fixed']);
  });

  it('by twenty at once with one tag is done by one', async () => {
    const { body } = await list();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => change(body.id, { title: `T${i}` }, '"1"')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
  });
});

describe('stock', () => {
  it('received by fifty at once is all there', async () => {
    const { body } = await list();
    const answers = await Promise.all(Array.from({ length: 50 }, () => receive(body.id, 2)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await read(body.id)).body.available).toBe(100);
  });

  it('received again with its key is received once', async () => {
    const { body } = await list();
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => receive(body.id, 5, key)));
    expect(new Set(answers.map(({ status, body: { available } }) => `${status} ${available}`))).toEqual(
      new Set(['200 5']),
    );
    expect((await read(body.id)).body.available).toBe(5);
    expect((await receive(body.id, 6, key)).body.code).toBe('key-reused');
  });

  it('received with a key of another product is another command', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const [one, two] = [await list(), await list()];
    await receive(one.body.id, 1, key);
    expect((await receive(two.body.id, 1, key)).body.code).toBe('key-reused');
  });

  it.each([0, -1, 1.5, '1', 1_000_001, null])('of %p is refused', async quantity => {
    const { body } = await list();
    expect((await receive(body.id, quantity as number)).status).toBe(400);
  });

  it('is reserved for an order and given back when it is cancelled', async () => {
    const { body } = await list({ stock: 5 });
    const orderId = randomUUID();
    const data = {
      orderId: orderId as never,
      userId: randomUUID() as UserId,
      items: [{ productId: body.id as ProductId, quantity: 3, unitPrice: 1250 }],
      total: 3750,
      currency: 'EUR',
      placedAt: '2026-01-01T00:00:00.000Z',
    };
    await orders.tell({ type: 'OrderPlaced', data }, `order-${orderId}`);
    await eventually(async () => expect((await read(body.id)).body.available).toBe(2));
    await orders.tell({ type: 'OrderCancelled', data: { ...data, refund: data.total } }, `order-${orderId}`);
    await eventually(async () => expect((await read(body.id)).body.available).toBe(5));
    const refused = { ...data, orderId: randomUUID() as never, items: [{ ...data.items[0]!, quantity: 6 }] };
    await orders.tell({ type: 'OrderPlaced', data: refused }, `order-${refused.orderId as string}`);
    await eventually(async () =>
      expect(await service.typesOf(`reservation-${refused.orderId as string}`)).toEqual(['StockRefused']),
    );
    expect((await read(body.id)).body.available).toBe(5);
  });
});

describe('withdrawing', () => {
  it('ends the buying and the changing, twice is once, and the product can still be read', async () => {
    const { body } = await list({ stock: 1, category: randomUUID() });
    const withdrawn = await withdraw(body.id);
    expect([withdrawn.status, withdrawn.text]).toEqual([204, '']);
    expect((await withdraw(body.id)).status).toBe(204);
    expect((await read(body.id)).body.status).toBe('withdrawn');
    for (const refused of [await change(body.id, { title: 'X' }), await receive(body.id, 1)])
      expect([refused.status, refused.body.code]).toEqual([409, 'product-withdrawn']);
    const { body: shown } = await service.call('GET', `/products?category=${body.category}`, {
      headers: after(withdrawn),
    });
    expect(shown.items).toEqual([]);
    expect(await service.typesOf(`product-${body.id}`)).toEqual(['ProductListed', 'StockReceived', 'ProductWithdrawn']);
  });

  it('what does not exist is a 404', async () => {
    const id = randomUUID();
    for (const { status, body } of [
      await withdraw(id),
      await change(id, { title: 'X' }),
      await receive(id, 1),
      await read(id),
    ])
      expect([status, body.code]).toEqual([404, 'unknown-product']);
  });
});

describe('who may', () => {
  it.each([
    ['POST', '/products', lamp],
    ['PATCH', '/products/:id', { title: 'X' }],
    ['POST', '/products/:id/stock', { quantity: 1 }],
    ['DELETE', '/products/:id', undefined],
  ])('%s %s: admins only', async (method, path, body) => {
    const { body: product } = await list();
    const head = await service.head();
    const ask = (token?: string): Promise<Answer> =>
      service.call(method, path.replace(':id', product.id as string), {
        ...(token && { token }),
        ...(body && { body }),
        headers: { 'if-match': '*' },
      });
    expect([(await ask()).status, (await ask(customer)).status]).toEqual([401, 403]);
    expect(await service.head()).toBe(head);
    expect((await ask(admin)).status).toBeLessThan(300);
  });

  it('GET: everybody', async () => {
    const { body } = await list();
    expect([(await read(body.id)).status, (await service.call('GET', '/products')).status]).toEqual([200, 200]);
  });
});

describe('reading', () => {
  it('what one has already is a 304', async () => {
    const { body } = await list();
    const same = await service.call('GET', `/products/${body.id}`, { headers: { 'if-none-match': '"1"' } });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', '"1"']);
    await receive(body.id, 1);
    const newer = await service.call('GET', `/products/${body.id}`, { headers: { 'if-none-match': '"1"' } });
    expect([newer.status, newer.headers.get('etag')]).toEqual([200, '"2"']);
  });

  describe('the list', () => {
    const category = `shelf ${randomUUID()}`;
    const titles = ['Cup', 'Anvil', 'Bell', 'Drum', 'Egg'];
    let last: Answer;
    beforeAll(async () => {
      for (const [i, title] of titles.entries())
        last = await list({
          title,
          category,
          description: i === 3 ? 'loud music' : 'quiet',
          price: { amount: [30, 10, 20, 20, 50][i], currency: 'EUR' },
        });
    });
    const page = (query: string): Promise<Answer> =>
      service.call('GET', `/products?category=${encodeURIComponent(category)}${query}`, { headers: after(last) });
    const walk = async (sort: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await page(`&sort=${sort}&limit=2${cursor}`);
        seen.push(...body.items.map(({ title }: { title: string }) => title));
        if (!body.next) return seen;
        cursor = `&cursor=${encodeURIComponent(body.next)}`;
      }
    };

    it('is walked page by page in every order, each product once', async () => {
      expect(await walk('title')).toEqual(['Anvil', 'Bell', 'Cup', 'Drum', 'Egg']);
      expect(await walk('newest')).toEqual([...titles].reverse());
      expect(await walk('price')).toEqual(['Anvil', 'Bell', 'Drum', 'Cup', 'Egg']);
      expect(await walk('-price')).toEqual(['Egg', 'Cup', 'Drum', 'Bell', 'Anvil']);
    });

    it('names the next page in Link', async () => {
      const first = await page('&sort=title&limit=2');
      const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
      const next = await service.call('GET', link);
      expect(next.body.items.map(({ title }: { title: string }) => title)).toEqual(['Cup', 'Drum']);
    });

    it('is searched by words of title and description', async () => {
      const found = async (q: string) =>
        (await page(`&q=${encodeURIComponent(q)}`)).body.items.map(({ title }: { title: string }) => title);
      expect(await found('bells')).toEqual(['Bell']);
      expect(await found('LOUD')).toEqual(['Drum']);
      expect(await found(`' or 1=1; drop table x --`)).toEqual([]);
    });

    it.each([
      ['limit=0'],
      ['limit=101'],
      ['limit=1&limit=2'],
      ['limit[$gt]=1'],
      ['sort=available'],
      ['sort=title;drop'],
      ['cursor='],
      ['cursor=garbage'],
      ['q='],
      ['unknown=1'],
    ])('asked for with %s is a 400', async query => {
      expect((await service.call('GET', `/products?${query}`)).status).toBe(400);
    });

    it('does not go on with a cursor of another list', async () => {
      const { body } = await page('&sort=title&limit=2');
      const elsewhere = await page(`&sort=price&limit=2&cursor=${encodeURIComponent(body.next)}`);
      expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'invalid-cursor']);
    });

    it('that is asked for a position nobody has reached is refused at once', async () => {
      const token = (position: number, incarnation: string): string =>
        encodeToken({ products: { incarnation, position } });
      const known = decodeToken(last.headers.get('consistency-token')!)!.products!;
      const asked = (text: string): Promise<Answer> =>
        service.call('GET', '/products', { headers: { 'consistency-token': text } });
      expect((await asked('garbage')).body.code).toBe('invalid-token');
      expect((await asked(token(1, randomUUID()))).body.code).toBe('log-replaced');
      expect((await asked(token(known.position + 1000, known.incarnation))).body.code).toBe('token-ahead');
    });
  });
});

it('while the broker is down everything works', async () => {
  await service.nats.stop();
  try {
    const { body, status } = await list();
    expect([status, (await change(body.id, { title: 'X' })).status, (await receive(body.id, 1)).status]).toEqual([
      201, 200, 200,
    ]);
    expect((await withdraw(body.id)).status).toBe(204);
  } finally {
    await service.nats.start();
  }
});
