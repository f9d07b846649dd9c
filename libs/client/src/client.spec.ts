import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ProblemError, ShopClient } from './index.js';

type Script = (request: IncomingMessage, response: ServerResponse) => void;

const encode = (positions: object): string => Buffer.from(JSON.stringify(positions)).toString('base64url');
const decode = (token: string): object => JSON.parse(Buffer.from(token, 'base64url').toString()) as object;
const answer =
  (status: number, body: object, headers: Record<string, string> = {}): Script =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string, retryable: boolean, headers: Record<string, string> = {}): Script =>
  answer(
    status,
    { type: `/problems/${code}`, title: code, status, detail: code, code, retryable },
    {
      'content-type': 'application/problem+json; charset=utf-8',
      ...headers,
    },
  );
const losesTheAnswer: Script = request => void request.socket.destroy();

let server: Server;
let asked: IncomingMessage[];
let script: Script[];
let shop: ShopClient;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    request.resume().once('end', () => (script.length > 1 ? script.shift()! : script[0]!)(request, response));
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  shop = new ShopClient({ url: `http://127.0.0.1:${port}/` });
});
afterEach(() => new Promise(done => (server.close(done), server.closeAllConnections())));

const placed = { body: { items: [{ productId: '0190a1b2-0000-7000-8000-000000000001', quantity: 1 }] } };
const one = { path: { id: 'a/b' } };

it('no answer shows less than what was seen, also by calls side by side', async () => {
  const [users, orders] = [['i', 7] as const, ['j', 12] as const];
  script = [
    answer(201, {}, { 'consistency-token': encode({ users, orders: ['j', 3] }) }),
    answer(201, {}, { 'consistency-token': encode({ orders }) }),
    answer(200, {}),
  ];
  await Promise.all([shop.post('/orders', placed), shop.post('/orders', placed)]);
  await shop.get('/products/{id}', one);
  expect(decode(asked[2]!.headers['consistency-token'] as string)).toEqual({ users, orders });
  expect(asked[2]!.url).toBe('/products/a%2Fb');
});

it('a write whose answer was lost is sent again with the same key', async () => {
  script = [losesTheAnswer, problem(503, 'service-unavailable', true), answer(201, { id: '1' })];
  expect((await shop.post('/orders', placed)).body.id).toBe('1');
  const keys = asked.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys).toEqual([keys[0], keys[0], keys[0]]);
});

it('a sign-in is not repeated, nor is what stays as it is, nor what takes too long', async () => {
  script = [problem(503, 'service-unavailable', true)];
  await expect(shop.signIn({ email: 'a@example.com', password: 'x' })).rejects.toThrow('service-unavailable');
  script = [problem(409, 'price-changed', false)];
  await expect(shop.post('/orders', placed)).rejects.toThrow('POST /orders answered 409 price-changed');
  script = [problem(429, 'too-many-requests', true, { 'retry-after': '60' })];
  await expect(shop.get('/products')).rejects.toMatchObject({ retryAfterSeconds: 60 });
  expect(asked).toHaveLength(3);
});

describe('a session', () => {
  const [expired, over] = [problem(401, 'unauthenticated', false), problem(401, 'session-over', false)];
  const tokens = (n: number): object => ({ accessToken: `access-${n}`, refreshToken: `refresh-${n}` });
  let good: string;
  let told: unknown[];
  /** Refuses other access tokens than `good`; a refresh token that is not the newest ends the session. */
  let newest: number;
  let refreshes: number;
  let onRefresh: Script | undefined;

  beforeEach(() => {
    [good, newest, refreshes, told, onRefresh] = ['access-2', 1, 0, [], undefined];
    shop = new ShopClient({ url: shop['url'], ...tokens(1), onSession: kept => told.push(kept) });
    script = [
      (request, response) => {
        if (request.url === '/sessions/sign-out') return void response.writeHead(204).end();
        if (request.url !== '/sessions/refresh')
          return (request.headers.authorization === `Bearer ${good}` ? answer(201, { id: '1' }) : expired)(
            request,
            response,
          );
        refreshes += 1;
        if (onRefresh) return onRefresh(request, response);
        newest += 1;
        setTimeout(() => answer(200, tokens(newest))(request, response), 20);
      },
    ];
  });

  it('whose access token has expired is renewed once, however many calls find out, and each call has its effect', async () => {
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => shop.post('/orders', placed)),
      shop.get('/users/me'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(refreshes).toBe(1);
    expect(told).toEqual([tokens(2)]);
    expect([shop.accessToken, shop.refreshToken]).toEqual(['access-2', 'refresh-2']);
    const keys = asked.filter(({ url }) => url === '/orders').map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(10);
    expect(new Set(keys).size).toBe(5);
    good = 'access-3';
    await shop.get('/users/me');
    expect(told).toEqual([tokens(2), tokens(3)]);
  });

  it('that has ended is an error with a code, and its tokens are not tried again', async () => {
    onRefresh = over;
    const calls = await Promise.allSettled([shop.get('/users/me'), shop.get('/users/me')]);
    for (const call of calls)
      expect(call.status === 'rejected' && ProblemError.is(call.reason, 'session-over')).toBe(true);
    expect([refreshes, told]).toEqual([1, [undefined]]);
    await expect(shop.get('/users/me')).rejects.toThrow('unauthenticated');
    expect(asked.at(-1)!.headers.authorization).toBeUndefined();
    expect(refreshes).toBe(1);
  });

  it('is not renewed twice with one token by itself, nor again for a token that is refused at once', async () => {
    onRefresh = losesTheAnswer;
    await expect(shop.get('/users/me')).rejects.toThrow('fetch failed');
    expect([refreshes, shop.refreshToken]).toEqual([1, 'refresh-1']);
    onRefresh = undefined;
    good = 'none';
    await expect(shop.get('/users/me')).rejects.toThrow('unauthenticated');
    expect(refreshes).toBe(2);
  });

  it('is over for the client that signs out', async () => {
    await shop.signOut();
    expect(asked.map(({ url }) => url)).toEqual(['/sessions/sign-out']);
    expect([shop.accessToken, shop.refreshToken, told]).toEqual([undefined, undefined, [undefined]]);
  });
});

it('a problem is an error with its code; what is no problem document is told apart', async () => {
  script = [problem(404, 'unknown-order', false)];
  const error: unknown = await shop.get('/orders/{id}', one).catch((thrown: unknown) => thrown);
  expect([
    ProblemError.is(error),
    ProblemError.is(error, 'unknown-order'),
    ProblemError.is(error, 'not-found'),
  ]).toEqual([true, true, false]);
  script = [(_, response) => void response.writeHead(418).end('<h1>proxy</h1>')];
  await expect(shop.get('/orders/{id}', one)).rejects.toMatchObject({ problem: { type: 'about:blank', status: 418 } });
});

it('a replaced log is not waited for again', async () => {
  shop.consistencyToken = encode({ users: ['i', 7] });
  script = [problem(409, 'log-replaced', false), answer(200, { items: [], next: null })];
  await expect(shop.get('/products')).rejects.toThrow('log-replaced');
  await shop.get('/products');
  expect(asked[1]!.headers['consistency-token']).toBeUndefined();
});

it('a list is walked page by page, each asked for when it is needed', async () => {
  script = [answer(200, { items: [{ id: '1' }, { id: '2' }], next: 'c/1' }), answer(200, { items: [{ id: '3' }] })];
  const seen: string[] = [];
  for await (const { id } of shop.each('/products', { query: { limit: 2 } })) {
    seen.push(id);
    if (id === '2') expect(asked).toHaveLength(1);
  }
  expect(seen).toEqual(['1', '2', '3']);
  expect(asked.map(({ url }) => url)).toEqual(['/products?limit=2', '/products?limit=2&cursor=c%2F1']);
});

it('a call ends when its caller ends it, also between two tries', async () => {
  script = [problem(503, 'service-unavailable', true, { 'retry-after': '5' })];
  const ending = new AbortController();
  const call = shop.get('/products', { signal: ending.signal });
  setTimeout(() => ending.abort(new Error('enough')), 50);
  await expect(call).rejects.toThrow('enough');
});
