/** Hostile and broken input at the public port: a defined answer, nothing stored, no insides shown, and the shop lives. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { encodeToken } from '@foldline/contracts';
import { eventually } from '@foldline/testing';
import { callOn, newPerson, newProduct, signIn, type Answer, type Caller, type Person } from './client';
import { Shop, type RunFile } from './shop';

jest.setTimeout(180_000);

let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let person: Person;
let product: string;

beforeAll(async () => {
  shop = await Shop.create({
    REQUESTS_PER_ADDRESS: '1000000',
    SIGN_IN_PER_ACCOUNT: '1000',
    SIGN_IN_PER_ADDRESS: '1000',
  });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  person = await newPerson(call);
  product = await newProduct(call, admin);
});
afterAll(() => shop.remove());

const INSIDES = /(at .+\.(ts|js):\d+|node_modules|SELECT |INSERT |syntax error|relation "|pg_|ECONN)/;

/** Every refusal is a problem document of its status, with a trace id, and shows nothing of the inside. */
function expectProblem(answer: Answer, ...statuses: number[]): void {
  expect({ statuses: statuses.includes(answer.status), answer: `${answer.status} ${answer.text}` }).toMatchObject({
    statuses: true,
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    status: answer.status,
    code: expect.any(String),
    title: expect.any(String),
    traceId: expect.any(String),
  });
  expect(answer.text).not.toMatch(INSIDES);
}

const json = { 'content-type': 'application/json' };
const order = (items: unknown, more: Record<string, unknown> = {}) =>
  call('POST', '/orders', { token: person.token, body: { items, ...more } });

describe('a body', () => {
  it.each(['', 'null', '[]', '"x"', '123', '{"items":[', '{} {}', '{}x', '\ufeff{}'])('%j is refused', async raw => {
    expectProblem(await call('POST', '/orders', { token: person.token, raw, headers: json }), 400);
    expectProblem(await call('POST', '/users', { raw, headers: json }), 400);
    expectProblem(await call('POST', '/sessions', { raw, headers: json }), 400);
  });

  it.each(['isAdmin', 'ownerId', 'version', 'role', 'balance', 'id'])(
    'with the unknown field %s is refused',
    async field => {
      expectProblem(
        await call('POST', '/users', {
          body: { email: 'x@example.com', password: 'long-enough-words', displayName: 'X', [field]: 'admin' },
        }),
        400,
      );
      expectProblem(await order([{ productId: product, quantity: 1, [field]: 1 }]), 400);
    },
  );

  it.each([
    '{"items":[],"__proto__":{"polluted":1}}',
    '{"items":[{"constructor":{"prototype":{"polluted":1}}}]}',
    '{"toString":1}',
  ])('with prototype keys is refused: %s', async raw => {
    expectProblem(await call('POST', '/orders', { token: person.token, raw, headers: json }), 400);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([0, -1, 1.5, '1', 1e308, 'NaN', 2 ** 53 + 2, 2 ** 63, null, true, [], {}])(
    'with the quantity %j is refused',
    async quantity => {
      expectProblem(await order([{ productId: product, quantity }]), 400);
    },
  );

  it.each([-1, 1.005, '1', 1e30, null])('with the price %j is refused', async amount => {
    const body = {
      title: 'T',
      description: 'D',
      image: '/images/x.svg',
      category: 'c',
      price: { amount, currency: 'EUR' },
    };
    expectProblem(await call('POST', '/products', { token: admin, body }), 400);
  });

  it.each([[], {}, 'x', null, [null], ['x'], [1], [[]], [[[]]]])('with the items %j is refused', async items => {
    expectProblem(await order(items), 400);
  });

  it.each(['a\u0000b', '\ud800', '   ', 'x'.repeat(300), '', 7, 'a\u202eb', `a${'\u0301'.repeat(60)}`])(
    'with the title %j is refused',
    async title => {
      const body = {
        title,
        description: 'D',
        image: '/images/x.svg',
        category: 'c',
        price: { amount: 1, currency: 'EUR' },
      };
      expectProblem(await call('POST', '/products', { token: admin, body }), 400);
    },
  );

  it.each(['', 'nobody', 'a@', '@b', `${'a'.repeat(330)}@example.com`, 'a@b\r\nBcc: c@d', 'a b@example.com', 7])(
    'with the e-mail %j is refused',
    async email => {
      expectProblem(
        await call('POST', '/users', { body: { email, password: 'long-enough-words', displayName: 'X' } }),
        400,
      );
    },
  );

  it('nested ten thousand deep, or with a million elements, is refused quickly', async () => {
    const started = performance.now();
    expectProblem(
      await call('POST', '/orders', {
        token: person.token,
        raw: `{"items":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
        headers: json,
      }),
      400,
    );
    expectProblem(
      await call('POST', '/orders', {
        token: person.token,
        raw: `{"items":[${'1,'.repeat(1_000_000)}1]}`,
        headers: json,
      }),
      413,
    );
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('over the limit, compressed, of another type or charset is refused', async () => {
    const raw = JSON.stringify({ items: [], pad: 'x'.repeat(70_000) });
    expectProblem(await call('POST', '/orders', { token: person.token, raw, headers: json }), 413);
    expectProblem(
      await call('POST', '/orders', {
        token: person.token,
        raw: gzipSync('{}'),
        headers: { ...json, 'content-encoding': 'gzip' },
      }),
      415,
      400,
    );
    expectProblem(
      await call('POST', '/orders', { token: person.token, raw: '{}', headers: { 'content-type': 'text/plain' } }),
      415,
    );
    expectProblem(
      await call('POST', '/orders', {
        token: person.token,
        raw: '{}',
        headers: { 'content-type': 'application/json; charset=utf-16' },
      }),
      415,
    );
    expectProblem(await call('GET', '/products', { headers: { accept: 'text/xml' } }), 406);
  });

  it('with a password of a megabyte is refused before it is hashed', async () => {
    expectProblem(
      await call('POST', '/users', {
        body: { email: 'x@example.com', password: 'x'.repeat(1_000_000), displayName: 'X' },
      }),
      413,
      400,
    );
  });

  it('of an order without items, with a doubled product, or too many lines is refused', async () => {
    expectProblem(await order([]), 400);
    expectProblem(
      await order([
        { productId: product, quantity: 1 },
        { productId: product, quantity: 1 },
      ]),
      400,
    );
    expectProblem(
      await order(
        Array.from({ length: 51 }, (_, i) => ({
          productId: `0190a1b2-0000-7000-8000-${String(i).padStart(12, '0')}`,
          quantity: 1,
        })),
      ),
      400,
    );
  });
});

describe('an id', () => {
  it.each([
    'nope',
    '00000000-0000-0000-0000-000000000000',
    '0190A1B2-0000-7000-8000-000000000001',
    '{0190a1b2-0000-7000-8000-000000000001}',
    '1',
    '..%2f..%2fetc',
    '%00',
    'x'.repeat(5000),
  ])('%s is refused', async id => {
    for (const path of [`/products/${id}`, `/orders/${id}`, `/users/${id}`, `/users/${id}/products`]) {
      expectProblem(await call('GET', path, { token: admin }), 400, 404, 414, 431);
    }
  });
  it('well-formed and unknown is not found', async () => {
    const id = '0190a1b2-0000-7000-8000-000000000001';
    expectProblem(await call('GET', `/products/${id}`), 404);
    expectProblem(await call('GET', `/orders/${id}`, { token: admin }), 404);
    expectProblem(await call('GET', `/users/${id}`, { token: admin }), 404);
    expectProblem(await call('GET', `/users/${id}/products`, { token: admin }), 404);
    expectProblem(await call('POST', `/orders/${id}/cancellation`, { token: person.token }), 404);
  });
  it('of a product that does not exist cannot be ordered', async () => {
    const answer = await order([{ productId: '0190a1b2-0000-7000-8000-000000000001', quantity: 1 }]);
    expect([404, 409, 422]).toContain(answer.status);
    expectProblem(answer, answer.status);
  });
});

describe('a query', () => {
  it.each([
    'limit=-1',
    'limit=0',
    'limit=101',
    'limit=1000000000',
    'limit=1&limit=2',
    'limit[$gt]=1',
    'limit=1e1',
    'limit=%20',
    'sort=password',
    'sort=title;drop',
    'cursor=garbage',
    'cursor=',
    'unknown=1',
    'cursor[$ne]=1',
  ])('?%s is refused', async query => {
    expectProblem(await call('GET', `/products?${query}`), 400);
  });
  it.each(['limit=0', 'limit=101', 'cursor=garbage', 'unknown=1'])('?%s on purchases is refused', async query => {
    expectProblem(await call('GET', `/users/${person.id}/products?${query}`, { token: person.token }), 400);
    expectProblem(await call('GET', `/users/${person.id}/orders?${query}`, { token: person.token }), 400);
  });
  it('with a cursor of another list, or a changed one, is refused', async () => {
    await newProduct(call, admin);
    const body = await eventually(async () => {
      const page = await call('GET', '/products?limit=1');
      expect(page.body.next).toEqual(expect.any(String));
      return page.body;
    });
    const flipped = body.next.slice(0, -2) + (body.next.endsWith('AA') ? 'BB' : 'AA');
    expectProblem(await call('GET', `/products?limit=1&cursor=${flipped}`), 400);
    expectProblem(await call('GET', `/users/${person.id}/products?cursor=${body.next}`, { token: person.token }), 400);
  });
  it.each(["'; drop table events; --", '{"$gt":""}', '%', '\\', '(((', 'a & | ! b', '\u202e'])(
    'searching for %j is harmless',
    async q => {
      const answer = await call('GET', `/products?q=${encodeURIComponent(q)}`);
      expect([200, 400]).toContain(answer.status);
      expect(answer.text).not.toMatch(INSIDES);
    },
  );
});

/** Security probe: what SQL, JSON paths and MongoDB would take for more than text. */
describe('an injection', () => {
  const texts = [
    `x' or '1'='1`,
    `x'); delete from log.events; --`,
    '$.**',
    '$where',
    `" || sleep(9) || "`,
    '${7*7}{{7*7}}',
  ];
  it.each(texts)('%j is text in every field, and changes nothing else', async text => {
    const before = (await call('GET', `/products/${product}`)).text;
    const id = await newProduct(call, admin, { title: text, description: text, category: 'tools' });
    expect((await call('GET', `/products/${id}`)).body).toMatchObject({ title: text, description: text });
    const renamed = await call('PATCH', `/users/${person.id}`, { token: person.token, body: { displayName: text } });
    expect(renamed).toMatchObject({ status: 200, body: { displayName: text } });
    const asked = encodeURIComponent(text);
    for (const path of [`/products/${asked}`, `/products?sort=${asked}`, `/products?cursor=${asked}`])
      expectProblem(await call('GET', path), 400, 404);
    expect((await call('GET', `/products?q=${asked}&category=${asked}`)).body?.items ?? []).toEqual([]);
    expectProblem(await call('POST', '/sessions', { body: { email: text, password: text } }), 400, 401);
    expectProblem(await order([{ productId: text, quantity: 1 }]), 400);
    expect((await call('GET', `/products/${product}`)).text).toBe(before);
  });
  it.each([{ $gt: '' }, { $ne: null }, { $where: '1' }, ['x', 'y']])('%j is no value of any field', async value => {
    expectProblem(await call('POST', '/sessions', { body: { email: value, password: value } }), 400);
    expectProblem(
      await call('PATCH', `/users/${person.id}`, { token: person.token, body: { displayName: value } }),
      400,
    );
    expectProblem(await order([{ productId: value, quantity: 1 }]), 400);
    expectProblem(await order([{ productId: product, quantity: value }]), 400);
  });
});

describe('a header', () => {
  const incarnation = '0190a1b2-0000-7000-8000-000000000001';
  it.each(['garbage!', 'e30=', 'x'.repeat(10_000), encodeToken({ users: { incarnation, position: 1 } }).slice(0, -3)])(
    'Consistency-Token %s is refused',
    async token => {
      expectProblem(
        await call('GET', `/users/${person.id}/products`, {
          token: person.token,
          headers: { 'consistency-token': token },
        }),
        400,
        431,
      );
    },
  );
  it('Consistency-Token of another incarnation says that the log was replaced', async () => {
    const token = encodeToken({ orders: { incarnation, position: 1 } });
    expectProblem(
      await call('GET', `/users/${person.id}/products`, {
        token: person.token,
        headers: { 'consistency-token': token },
      }),
      409,
    );
  });
  it.each([
    ['idempotency-key', 'x'.repeat(300)],
    ['idempotency-key', ''],
    ['idempotency-key', 'käse'],
    ['prefer', 'wait=abc'],
    ['prefer', 'wait=-1'],
  ])('%s: %s is refused or ignored', async (name, value) => {
    const headers = { [name]: Buffer.from(value).toString('latin1') };
    const answer = await call('POST', '/orders', {
      token: person.token,
      body: { items: [{ productId: product, quantity: 1 }] },
      headers,
    });
    if (name === 'prefer') expect(answer.status).toBeLessThan(500);
    else expectProblem(answer, 400);
  });
  it.each(['nonsense', '"', 'W/"1"'])('If-Match %s is refused', async etag => {
    expectProblem(
      await call('PATCH', `/products/${product}`, {
        token: admin,
        body: { title: 'T' },
        headers: { 'if-match': etag },
      }),
      400,
      412,
    );
  });
  it.each(['', 'Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic eDp5', `Bearer ${'x'.repeat(5000)}`])(
    'Authorization %j is refused',
    async authorization => {
      expectProblem(await call('GET', `/users/${person.id}`, { headers: { authorization } }), 401, 431);
    },
  );
});

describe('a method', () => {
  it('that a path does not know is refused with the ones it knows', async () => {
    const answer = await call('PUT', `/products/${product}`, { token: admin, body: {} });
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toMatch(/PATCH/);
    expectProblem(await call('GET', '/nowhere'), 404);
  });
  it('is not changed by a header', async () => {
    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' };
    expect((await call('GET', `/products/${product}`, { token: admin, headers })).body.status).toBe('listed');
  });
});

describe('a connection', () => {
  const send = (bytes: string, waitMs = 3000): Promise<string> =>
    new Promise(done => {
      const { hostname, port } = new URL(run.gateway);
      const socket = connect(Number(port), hostname);
      let received = '';
      const end = (): void => {
        socket.destroy();
        done(received);
      };
      socket.on('data', chunk => (received += chunk.toString('latin1')));
      socket.on('close', end).on('error', end);
      socket.write(bytes);
      setTimeout(end, waitMs).unref();
    });

  it('that speaks two lengths at once, or folds headers, is refused and closed', async () => {
    expect(
      await send(
        'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400/);
    expect(await send('GET /products HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\nX-B : d\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400/,
    );
    expect(await send(`GET /products HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
    expect(await send('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 (405|400|404)/);
    expect(await send('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
  });

  it('that names another host, or none, is answered by the path it asks for', async () => {
    const close = 'Host: a\r\nConnection: close\r\n\r\n';
    expect(await send(`GET http://evil.example/products?limit=1 HTTP/1.1\r\n${close}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await send(`GET http://evil.example/metrics HTTP/1.1\r\n${close}`)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await send(`GET /products/%2e%2e/orders HTTP/1.1\r\n${close}`)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(await send('GET /products HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that is to be closed is closed after the answer', async () => {
    const started = performance.now();
    const answer = await send('GET /products?limit=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 10_000);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('with a thousand headers, or an endless body, is refused and closed', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => `X-${i}: 1\r\n`).join('');
    expect(await send(`GET /products HTTP/1.1\r\nHost: a\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    const chunk = `2000\r\n${' '.repeat(0x2000)}\r\n`.repeat(12);
    const start =
      'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await send(start + chunk)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('left by its client does not harm', async () => {
    const { hostname, port } = new URL(run.gateway);
    for (let i = 0; i < 20; i += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"items":`,
      );
      setTimeout(() => socket.destroy(), 10);
    }
    expect((await call('GET', '/products')).status).toBe(200);
  });
});

it('after all of it every process is the one that was started, and nothing was sold', async () => {
  const now = await shop.runFile();
  expect(now.services).toEqual(run.services);
  expect((await call('GET', `/products/${product}`)).body.title).toMatch(/^Thing/);
});
