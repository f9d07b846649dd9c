/** What the gateway says by itself: services that are down or slow, browsers, too many requests, its end. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { eventually, freePort } from '@foldline/testing';
import { expectProblem, GatewayApp } from './gateway-app';

const ORIGIN = 'https://shop.example';
const TRACE_ID = expect.stringMatching(/^[0-9a-f]{32}$/) as string;

let gateway: GatewayApp;
beforeAll(async () => {
  gateway = await GatewayApp.start({
    UPSTREAM_TIMEOUT_MS: '300',
    ORDERS_URL: `http://127.0.0.1:${await freePort()}`,
    CORS_ORIGINS: ORIGIN,
  });
});
afterAll(() => gateway.close());

describe('a service behind', () => {
  it('that is down is a 502, for reads and for writes', async () => {
    const warn = jest.spyOn(gateway.log, 'warn');
    await expectProblem(await gateway.fetch('/orders/1'), 502, 'bad-gateway');
    const why = {
      reason: expect.stringContaining('ECONNREFUSED') as string,
      upstream: expect.stringMatching(/^http:/) as string,
    };
    expect(warn).toHaveBeenCalledWith({ traceId: TRACE_ID, ...why }, 'a service did not answer');
    warn.mockRestore();
    await expectProblem(await gateway.fetch('/orders', { method: 'POST', body: '{}' }), 502, 'bad-gateway');
  });

  it('that hangs up is a 502, and the request is not sent again', async () => {
    const before = gateway.seen.length;
    gateway.behave = request => request.socket.destroy();
    await expectProblem(await gateway.fetch('/products'), 502, 'bad-gateway');
    expect(gateway.seen).toHaveLength(before + 1);
  });

  it('that does not answer is a 504', async () => {
    gateway.behave = () => undefined;
    await expectProblem(await gateway.fetch('/products'), 504, 'gateway-timeout');
  });

  it('that speaks no HTTP is a 502', async () => {
    const nonsense = createServer(socket => socket.on('error', () => undefined).end('SSH-2.0-x\r\n'));
    await once(nonsense.listen(0, '127.0.0.1'), 'listening');
    const { port } = nonsense.address() as { port: number };
    const before = await GatewayApp.start({ PRODUCTS_URL: `http://127.0.0.1:${port}` });
    await expectProblem(await before.fetch('/products'), 502, 'bad-gateway');
    await before.close();
    nonsense.close();
  });

  describe('that ends in the middle of an answer never looks as if it was whole', () => {
    const endWithin = (bytes: number) => {
      gateway.behave = (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes }).write('{"items":[');
        setTimeout(() => request.socket.destroy(), 20);
      };
    };

    it('a small one', async () => {
      endWithin(100);
      await expectProblem(await gateway.fetch('/products'), 502, 'bad-gateway');
    });

    it('a large one', async () => {
      endWithin(100_000);
      await expect(gateway.fetch('/products').then(response => response.text())).rejects.toThrow();
    });
  });

  it('that refuses is passed on as it is', async () => {
    gateway.behave = (_, response) =>
      response
        .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '3' })
        .end('{"code":"read-model-behind"}');
    const response = await gateway.fetch('/products');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '3',
      '{"code":"read-model-behind"}',
    ]);
  });
});

it('a caller that hangs up while the answer is on its way is no failure of ours', async () => {
  const [error, info] = [jest.spyOn(gateway.log, 'error'), jest.spyOn(gateway.log, 'info')];
  const caller = new AbortController();
  gateway.behave = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    setTimeout(() => caller.abort(), 50);
  };
  await expect(gateway.fetch('/products', { method: 'POST', body: '{}', signal: caller.signal })).rejects.toThrow();
  await eventually(() => expect(info).toHaveBeenCalledWith({ traceId: TRACE_ID }, 'the caller hung up'));
  expect(error).not.toHaveBeenCalled();
  for (const spy of [error, info]) spy.mockRestore();
});

describe('a browser', () => {
  const preflight = (origin: string): Promise<Response> =>
    gateway.fetch('/orders', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const names = (response: Response, header: string): string[] =>
    (response.headers.get(header) ?? '').split(',').map(name => name.trim().toLowerCase());

  it('of an origin that may call is told so before it calls', async () => {
    const response = await preflight(ORIGIN);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(names(response, 'access-control-allow-methods')).toEqual(['get', 'post', 'patch', 'delete']);
    expect(names(response, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'consistency-token', 'idempotency-key', 'if-match']),
    );
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')).toMatch(/origin/i);
  });

  it('sees the headers it needs in answers, also in refusals', async () => {
    gateway.behave = (_, response) => response.writeHead(200, { etag: '"1"' }).end('{}');
    for (const path of ['/products', '/orders/1', '/nowhere']) {
      const response = await gateway.fetch(path, { headers: { origin: ORIGIN } });
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(names(response, 'access-control-expose-headers')).toEqual(
        expect.arrayContaining(['consistency-token', 'etag', 'link', 'location', 'retry-after', 'idempotent-replayed']),
      );
    }
  });

  it.each(['https://evil.example', `${ORIGIN}.evil.example`, 'http://shop.example', 'null'])(
    'of %s is not let in',
    async origin => {
      const asked = await preflight(origin);
      expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      const response = await gateway.fetch('/products', { headers: { origin } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('is never let in where no origin was named', async () => {
    const closed = await GatewayApp.start();
    const asked = await closed.fetch('/orders', {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    await closed.close();
  });
});

it('browsers are told to keep to https where the shop is reached by it, and only there', async () => {
  const secured = await GatewayApp.start({ PUBLIC_URL: ORIGIN });
  for (const path of ['/products', '/nowhere', '/'])
    expect((await secured.fetch(path)).headers.get('strict-transport-security')).toBe('max-age=31536000');
  await secured.close();
  expect((await gateway.fetch('/nowhere')).headers.get('strict-transport-security')).toBeNull();
});

it('an address that asks too often is told when to come back', async () => {
  const strict = await GatewayApp.start({ REQUESTS_PER_ADDRESS: '3' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => strict.fetch('/products')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectProblem(refused[0]!, 429, 'too-many-requests');
  await strict.close();
});

it('more requests at once than it may hold are told to come back; probes are answered', async () => {
  const small = await GatewayApp.start({ MAX_OPEN_REQUESTS: '2' });
  const held: (() => void)[] = [];
  small.behave = (_, response) => void held.push(() => response.end('{}'));
  const waiting = [small.fetch('/products'), small.fetch('/products')];
  await eventually(() => expect(held).toHaveLength(2));
  await expectProblem(await small.fetch('/products'), 503, 'service-unavailable');
  expect((await small.fetch('/livez')).status).toBe(200);
  held.forEach(release => release());
  for (const answer of waiting) expect((await answer).status).toBe(200);
  await small.close();
});

describe('stopping', () => {
  it('finishes what is being answered, ends its connection and takes nothing new', async () => {
    const stopping = await GatewayApp.start({ SHUTDOWN_DEADLINE_MS: '6000' });
    let release: (() => void) | undefined;
    stopping.behave = (_, response) => (release = () => response.end('{}'));
    const busy = stopping.send('GET /products HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(release).toBeDefined());
    const stopped = stopping.stopGateway();
    await eventually(() => expect(stopping.fetch('/livez')).rejects.toThrow());
    release!();
    const answer = await busy;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/connection: close/i);
    await stopped;
    await stopping.close();
  });

  it('does not wait for ever for a service that does not answer', async () => {
    const stopping = await GatewayApp.start({ SHUTDOWN_DEADLINE_MS: '600' });
    stopping.behave = () => undefined;
    const busy = stopping.fetch('/products').catch(() => undefined);
    await eventually(() => expect(stopping.seen).toHaveLength(1));
    const started = performance.now();
    await stopping.stopGateway();
    expect(performance.now() - started).toBeLessThan(600);
    await busy;
    await stopping.close();
  });
});
