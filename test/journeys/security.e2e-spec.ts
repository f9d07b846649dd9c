/** What an attacker with an account, or without one, gets. Anchors: OWASP API Security Top 10 2023, ASVS 5.0. */
import { generateKeyPairSync, createHmac, sign } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { callOn, newPerson, newProduct, signIn, type Answer, type Caller, type Person } from './client';
import { Shop, type RunFile } from './shop';

jest.setTimeout(240_000);

let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let owner: Person;
let other: Person;
let product: string;
let orderId: string;

beforeAll(async () => {
  shop = await Shop.create({ REQUESTS_PER_ADDRESS: '1000000', SIGN_IN_PER_ADDRESS: '1000' });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  [owner, other] = [await newPerson(call, 'Canary Name'), await newPerson(call)];
  product = await newProduct(call, admin);
  const order = await call('POST', '/orders', {
    token: owner.token,
    body: { items: [{ productId: product, quantity: 1 }] },
    headers: { prefer: 'wait=10' },
  });
  orderId = order.body.id;
});
afterAll(() => shop.remove());

type Who = 'anonymous' | 'owner' | 'other' | 'admin';
const tokenOf = (who: Who): { token?: string } =>
  ({ anonymous: {}, owner: { token: owner.token }, other: { token: other.token }, admin: { token: admin } })[who];

describe('who may call what', () => {
  const allowed: readonly (readonly [call: string, who: readonly Who[]])[] = [
    ['GET /users/me', ['owner', 'other', 'admin']],
    ['POST /users/me/password', ['owner', 'other', 'admin']],
    ['POST /users/:user/role', ['admin']],
    ['DELETE /sessions', ['owner', 'other', 'admin']],
    ['GET /users/:user', ['owner', 'admin']],
    ['PATCH /users/:user', ['owner', 'admin']],
    ['DELETE /users/:user', ['owner', 'admin']],
    ['GET /users/:user/products', ['owner', 'admin']],
    ['GET /users/:user/orders', ['owner', 'admin']],
    ['GET /orders/:order', ['owner', 'admin']],
    ['POST /orders/:order/cancellation', ['owner', 'admin']],
    ['POST /orders', ['owner', 'other', 'admin']],
    ['POST /products', ['admin']],
    ['PATCH /products/:product', ['admin']],
    ['POST /products/:product/stock', ['admin']],
    ['DELETE /products/:product', ['admin']],
    ['GET /products', ['anonymous', 'owner', 'other', 'admin']],
    ['GET /products/:product', ['anonymous', 'owner', 'other', 'admin']],
  ];
  const serviceOf = (path: string): string =>
    /^\/users\/[^/]+\/(products|orders)/.test(path)
      ? 'user-orders-query'
      : path.split('/')[1]!.replace('sessions', 'users');

  it.each(allowed)('%s', async (route, who) => {
    const [method, template] = route.split(' ') as [string, string];
    const path = template.replace(':user', owner.id).replace(':order', orderId).replace(':product', product);
    for (const reader of ['anonymous', 'other', 'owner'] as const) {
      if (who.includes(reader)) continue;
      for (const base of [run.gateway, run.services[serviceOf(path) as 'users'].url]) {
        const answer = await callOn(base)(method, path, {
          ...tokenOf(reader),
          ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
        });
        expect(`${reader} ${answer.status}`).toBe(`${reader} ${reader === 'anonymous' ? 401 : 403}`);
      }
    }
    if (method === 'GET')
      for (const reader of who) expect((await call(method, path, tokenOf(reader))).status).toBe(200);
  });

  it('covers every call of the documentation', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body.openapi).toMatch(/^3\.1\./);
    const documented = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    );
    const names: Record<string, string> = { users: ':user', orders: ':order', products: ':product' };
    const known = new Set([
      ...allowed.map(([route]) => route),
      'POST /users',
      'POST /sessions',
      'POST /sessions/refresh',
      'POST /sessions/sign-out',
      'GET /.well-known/jwks.json',
    ]);
    const plain = documented.map(route =>
      route.replace(
        /\/(users|orders|products)\/\{[^}]+\}/,
        (_, collection: string) => `/${collection}/${names[collection]}`,
      ),
    );
    expect(plain.filter(route => !known.has(route) && !/\/(livez|readyz|metrics)$/.test(route))).toEqual([]);
  });
});

describe('a token', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
  const headerOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
  const strange = generateKeyPairSync('ed25519');
  const signed = (header: object, claims: object): string => {
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), strange.privateKey).toString('base64url')}`;
  };
  const read = (token: string): Promise<Answer> => call('GET', `/users/${owner.id}`, { token });

  it('is read: the true one', async () => expect((await read(owner.token)).status).toBe(200));

  it.each(['none', 'None', 'NONE'])('with the algorithm %s is refused', async alg => {
    const text = `${part({ ...headerOf(owner.token), alg })}.${part(claimsOf(owner.token))}`;
    expect((await read(`${text}.`)).status).toBe(401);
    expect((await read(`${text}.${owner.token.split('.')[2]}`)).status).toBe(401);
  });

  it('signed as HS256 with the public key is refused', async () => {
    const { body } = await call('GET', '/.well-known/jwks.json');
    for (const secret of [
      JSON.stringify(body.keys[0]),
      body.keys[0].x as string,
      Buffer.from(body.keys[0].x, 'base64url'),
    ]) {
      const text = `${part({ ...headerOf(owner.token), alg: 'HS256' })}.${part(claimsOf(owner.token))}`;
      expect((await read(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)).status).toBe(401);
    }
  });

  it.each([
    ['its own key', { jwk: strange.publicKey.export({ format: 'jwk' }) }],
    ['a key address', { jku: 'http://127.0.0.1:1/keys' }],
    ['a certificate address', { x5u: 'http://127.0.0.1:1/cert' }],
    ['a path as key id', { kid: '../../dev/null' }],
    ['SQL as key id', { kid: "' or 1=1 --" }],
    ['an unknown key id', { kid: 'unknown' }],
    ['the right key id and another signature', {}],
  ])('that brings %s is refused', async (_, header) => {
    expect((await read(signed({ ...headerOf(owner.token), ...header }, claimsOf(owner.token)))).status).toBe(401);
  });

  it('with a changed claim is refused', async () => {
    const [header, , signature] = owner.token.split('.');
    for (const change of [{ role: 'admin' }, { sub: other.id }, { exp: 4e9 }, { iss: 'other' }]) {
      expect((await read(`${header}.${part({ ...claimsOf(owner.token), ...change })}.${signature}`)).status).toBe(401);
    }
  });

  it('says so in the way of RFC 6750', async () => {
    expect((await call('GET', `/users/${owner.id}`)).headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

describe('an account', () => {
  it('cannot be told from none by signing in', async () => {
    const attempt = (email: string): Promise<Answer> =>
      call('POST', '/sessions', { body: { email, password: 'not-the-right-one' } });
    const [known, unknown] = [await attempt(owner.email), await attempt('nobody-at-all@example.com')];
    expect([known.status, unknown.status]).toEqual([401, 401]);
    const shape = ({ body }: Answer): object => ({ ...body, traceId: '', instance: '' });
    expect(shape(known)).toEqual(shape(unknown));
    const times: Record<string, number[]> = { known: [], unknown: [] };
    for (let i = 0; i < 4; i += 1) {
      for (const [kind, email] of [
        ['known', owner.email],
        ['unknown', `${i}@example.com`],
      ] as const) {
        const started = performance.now();
        await attempt(email);
        times[kind]!.push(performance.now() - started);
      }
    }
    const median = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
    expect(median(times['unknown']!)).toBeGreaterThan(median(times['known']!) * 0.4);
  });

  it('is guarded against guessing, and opens to its owner later', async () => {
    const victim = await newPerson(call);
    const statuses = await Promise.all(
      Array.from({ length: 15 }, (_, i) =>
        call('POST', '/sessions', {
          body: { email: victim.email, password: `guess-number-${i}` },
          headers: { 'x-forwarded-for': `203.0.113.${i}` },
        }),
      ),
    );
    const refused = statuses.filter(answer => answer.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it.each(['short', 'password', '12345678', 'qwertyuiop'])('does not take the password %s', async password => {
    const answer = await call('POST', '/users', {
      body: { email: `${password}-x@example.com`, password, displayName: 'X' },
    });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(`"${password}"`);
  });

  it('survives two hundred sign-ins at once without the shop stopping', async () => {
    const attempts = Array.from({ length: 200 }, (_, i) =>
      call('POST', '/sessions', { body: { email: `${i}@example.org`, password: 'guess-guess-guess' } }),
    );
    expect((await call('GET', '/products')).status).toBe(200);
    for (const { status } of await Promise.all(attempts)) expect([401, 429, 503]).toContain(status);
  });
});

describe('what the shop shows', () => {
  it('is closed: no hash, no e-mail of others, no server names', async () => {
    const answers = await Promise.all([
      call('GET', `/users/${owner.id}`, { token: owner.token }),
      call('GET', `/users/${owner.id}/products`, { token: owner.token }),
      call('GET', '/products'),
    ]);
    for (const { text, headers } of answers) {
      expect(text).not.toMatch(/argon2|\$m=|hash|password/);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(answers[1]!.text).not.toContain(other.email);
    expect(answers[0]!.headers.get('cache-control')).toMatch(/no-store|private/);
  });

  it("does not open operators' calls on the public port", async () => {
    expect((await call('GET', '/metrics')).status).toBe(404);
    expect((await call('GET', '/readyz')).body).toEqual({ status: 'ready' });
  });

  it('keeps names and addresses out of logs, and secrets out of everything', async () => {
    const folder = join(shop.dataDir, 'logs');
    const logs = await Promise.all((await readdir(folder)).map(file => readFile(join(folder, file), 'utf8')));
    const all = logs.join('\n');
    expect(all).not.toContain('Canary Name');
    expect(all).not.toContain(owner.email);
    expect(all).not.toContain(owner.password);
    expect(all).not.toContain(run.admin.password);
    expect(all).not.toContain(owner.token);
  });
});

describe('the databases', () => {
  it('open to their own service only, and no event can be changed or removed', async () => {
    const urls = run.postgres.urls;
    for (const name of ['users', 'products', 'orders'] as const) {
      const client = new Client({ connectionString: urls[name] });
      await client.connect();
      for (const sql of [
        `update log.events set type = 'x'`,
        'delete from log.events',
        'truncate log.events',
        `insert into log.events (position) values (999999)`,
        'update log.log_head set position = 1',
        'drop table log.events',
        'alter table log.events add x int',
        'create table log.x (y int)',
      ]) {
        await expect(client.query(sql)).rejects.toThrow(/permission denied|must be owner/);
      }
      await client.end();
      const elsewhere = new URL(urls[name]);
      elsewhere.pathname = new URL(urls[name === 'users' ? 'orders' : 'users']).pathname;
      await expect(new Client({ connectionString: elsewhere.toString() }).connect()).rejects.toThrow(
        /permission denied|CONNECT/,
      );
    }
  });
});
