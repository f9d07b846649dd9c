/** What the gateway passes on and back, over real sockets. */
import { GatewayApp } from './gateway-app';

let gateway: GatewayApp;
beforeAll(async () => (gateway = await GatewayApp.start()));
afterAll(() => gateway.close());

const USER = '0190a1b2-0000-7000-8000-000000000001';
const CLOSE = 'Host: a\r\nConnection: close\r\n\r\n';

describe('goes to the service that owns the address', () => {
  it.each([
    ['POST', '/users', 'users'],
    ['GET', `/users/${USER}`, 'users'],
    ['PATCH', `/users/${USER}`, 'users'],
    ['POST', '/sessions', 'users'],
    ['GET', '/.well-known/jwks.json', 'users'],
    ['GET', '/products', 'products'],
    ['HEAD', '/products', 'products'],
    ['DELETE', `/products/${USER}`, 'products'],
    ['POST', `/products/${USER}/stock`, 'products'],
    ['POST', '/orders', 'orders'],
    ['GET', `/orders/${USER}`, 'orders'],
    ['POST', `/orders/${USER}/cancellation`, 'orders'],
    ['GET', `/users/${USER}/products`, 'query'],
    ['GET', `/users/${USER}/orders`, 'query'],
  ])('%s %s', async (method, path, service) => {
    expect((await gateway.fetch(path, { method })).status).toBe(200);
    expect(gateway.last).toMatchObject({ service, method, url: path });
  });
});

it.each([
  ['GET', '/nowhere'],
  ['GET', '/metrics'],
  ['POST', `/users/${USER}/products/more`],
  ['GET', '/Products'],
])('what nobody owns is a 404 problem that reaches nobody: %s %s', async (method, path) => {
  const before = gateway.seen.length;
  const response = await gateway.fetch(path, { method });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    404,
    'application/problem+json; charset=utf-8',
  ]);
  expect(await response.json()).toMatchObject({ code: 'not-found', status: 404, traceId: expect.any(String) });
  expect(gateway.seen).toHaveLength(before);
});

describe('a request line', () => {
  it.each([
    ['with a scheme and a host', 'http://evil.example/products', '/products'],
    ['with a scheme, a host and a query', 'https://evil.example:1/products?q=a&limit=2', '/products?q=a&limit=2'],
    ['with a host that holds a question mark', 'http://evil?x/products', '/products'],
    ['with a query of percent signs', '/products?q=%zz%', '/products?q=%zz%'],
    ['with dots in the query', '/products?q=../a', '/products?q=../a'],
    ['with an address in the query', '/products?q=http://evil.example/', '/products?q=http://evil.example/'],
    ['with a fragment', '/products#a?b', '/products'],
  ])('%s goes where its path leads', async (_, target, url) => {
    expect(await gateway.send(`GET ${target} HTTP/1.1\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(gateway.last).toMatchObject({ service: 'products', url });
    expect(gateway.last.headers.host).toMatch(/^127\.0\.0\.1:/);
  });

  it.each([
    ['a path outside', '/products/../users'],
    ['an escaped path outside', '/products/..%2f..%2fmetrics'],
    ['a broken escape', '/products/%zz'],
    ['a host alone', 'http://evil.example'],
    ['another scheme', 'ftp://evil.example/products'],
    ['two slashes', '//evil.example/products'],
  ])('with %s is refused, never followed', async (_, target) => {
    const before = gateway.seen.length;
    expect(await gateway.send(`GET ${target} HTTP/1.1\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(gateway.seen).toHaveLength(before);
  });
});

describe('headers', () => {
  it('that a client claims its place with are replaced, its own are passed on', async () => {
    await gateway.fetch('/products', {
      headers: {
        authorization: 'Bearer x',
        'idempotency-key': 'k',
        forwarded: 'for=203.0.113.1',
        'x-forwarded-for': '203.0.113.1',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-real-ip': '203.0.113.1',
        via: '1.1 evil',
      },
    });
    const { headers } = gateway.last;
    expect(headers).toMatchObject({
      authorization: 'Bearer x',
      'idempotency-key': 'k',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
    for (const name of ['forwarded', 'x-forwarded-host', 'x-real-ip', 'via']) expect(headers[name]).toBeUndefined();
  });

  it('of one connection end with it, in both directions', async () => {
    gateway.behave = (_, response) => {
      response.writeHead(200, { connection: 'x-hop, close', 'x-hop': '1', 'keep-alive': 'timeout=5', 'x-own': '1' });
      response.end('{}');
    };
    const answer = await gateway.send(
      'GET /products HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nProxy-Authorization: Basic x\r\nKeep-Alive: timeout=9\r\nX-Own: 1\r\n\r\n',
    );
    const { headers } = gateway.last;
    expect(headers['x-own']).toBe('1');
    for (const name of ['x-mine', 'te', 'proxy-authorization', 'upgrade']) expect(headers[name]).toBeUndefined();
    expect(headers['keep-alive']).not.toBe('timeout=9');
    expect(answer).toMatch(/\r\nx-own: 1\r\n/i);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).not.toMatch(/\r\n(x-hop|keep-alive): /i);
  });

  it('of a service that ends its connection do not end the client’s, and the other way round', async () => {
    gateway.behave = (_, response) => response.writeHead(200, { connection: 'close' }).end('{}');
    expect((await gateway.fetch('/products')).headers.get('connection')).toBe('keep-alive');
    gateway.behave = (_, response) => response.writeHead(200, { connection: 'keep-alive' }).end('{}');
    expect(await gateway.send(`GET /products HTTP/1.1\r\n${CLOSE}`)).toMatch(/\r\nconnection: close\r\n/i);
  });

  it('of a trace and of a request are made where the client sent none, else kept', async () => {
    const none = await gateway.fetch('/products');
    expect(gateway.last.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    expect(gateway.last.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(none.headers.get('x-request-id')).toBe(gateway.last.headers['x-request-id']);
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const own = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'mine-1' };
    const kept = await gateway.fetch('/products', { headers: own });
    expect(gateway.last.headers.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(gateway.last.headers['x-request-id']).toBe('mine-1');
    expect(kept.headers.get('x-request-id')).toBe('mine-1');
  });
});

describe('a body', () => {
  it('goes on byte for byte with its type, whatever it is', async () => {
    for (const type of ['application/json', 'text/plain; charset=utf-16']) {
      await gateway.fetch('/orders', { method: 'POST', body: '{"a":1} ü', headers: { 'content-type': type } });
      expect(gateway.last).toMatchObject({ body: '{"a":1} ü', headers: { 'content-type': type } });
    }
  });

  it('that waits to be asked for is asked for', async () => {
    const answer = await gateway.send(
      'POST /orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(gateway.last.body).toBe('{}');
  });

  it('of a GET is left behind', async () => {
    const answer = await gateway.send(`GET /products HTTP/1.1\r\nContent-Length: 5\r\n${CLOSE}abcde`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(gateway.last.body).toBe('');
  });

  it.each([
    ['that says its length', 'Content-Length: 70000\r\n'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n'],
  ])('over the limit, %s, is refused and reaches nobody', async (_, length) => {
    const before = gateway.seen.length;
    const body = length.startsWith('Content') ? ' '.repeat(70_000) : `11170\r\n${' '.repeat(70_000)}\r\n0\r\n\r\n`;
    const answer = await gateway.send(
      `POST /orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n${length}\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"body-too-large"');
    expect(gateway.seen).toHaveLength(before);
  });
});
