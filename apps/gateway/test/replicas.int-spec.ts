/** Several processes of one service behind the gateway. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '@foldline/service-kit';
import { gatewaySettings } from '../src/gateway.settings';
import { expectProblem, GatewayApp } from './gateway-app';

const servers: Server[] = [];
let gateway: GatewayApp | undefined;
let answered: string[] = [];

async function listen(behave: RequestListener, port = 0): Promise<number> {
  const server = createServer(behave).listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function end(port: number): Promise<void> {
  const server = servers.find(one => (one.address() as AddressInfo | null)?.port === port)!;
  server.closeAllConnections();
  await new Promise(done => server.close(done));
}

const as =
  (name: string): RequestListener =>
  (_, response) => {
    answered.push(name);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };

const before = async (...ports: number[]): Promise<GatewayApp> =>
  (gateway = await GatewayApp.start({ ORDERS_URL: ports.map(port => `http://127.0.0.1:${port}`).join(', ') }));
const order = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"items":[]}' };

afterEach(async () => {
  await gateway?.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  [gateway, answered] = [undefined, []];
});

it('requests go to them in turn', async () => {
  const app = await before(await listen(as('one')), await listen(as('two')));
  for (let i = 0; i < 4; i += 1) expect((await app.fetch('/orders', order)).status).toBe(200);
  expect(answered).toEqual(['one', 'two', 'one', 'two']);
});

it('one that is gone is noticed by nobody, not even by whoever writes: nothing was sent to it', async () => {
  const [gone, there] = [await listen(as('gone')), await listen(as('there'))];
  const app = await before(gone, there);
  await end(gone);
  for (let i = 0; i < 4; i += 1) expect((await app.fetch('/orders', order)).status).toBe(200);
  expect(answered).toEqual(['there', 'there', 'there', 'there']);
});

it('what one breaks off another one reads, but what it may have written nobody writes again', async () => {
  const breaks: RequestListener = request => {
    answered.push('breaks');
    request.socket.destroy();
  };
  const app = await before(await listen(breaks), await listen(as('there')));
  expect((await app.fetch('/orders')).status).toBe(200);
  expect(answered).toEqual(['breaks', 'there']);
  await expectProblem(await app.fetch('/orders', order), 502, 'bad-gateway');
  expect(answered).toEqual(['breaks', 'there', 'breaks']);
});

it('an answer that one breaks off half-way comes whole from another one', async () => {
  const half: RequestListener = (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100', etag: '"half"' }).write('{');
    setTimeout(() => request.socket.destroy(), 20);
  };
  const app = await before(await listen(half), await listen(as('there')));
  const response = await app.fetch('/orders');
  expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, null, '{}']);
});

it('when all of them are gone that is said, and it passes once one is back', async () => {
  const [one, two] = [await listen(as('one')), await listen(as('two'))];
  const app = await before(one, two);
  await Promise.all([end(one), end(two)]);
  await expectProblem(await app.fetch('/orders', order), 502, 'bad-gateway');
  await listen(as('back'), two);
  expect((await app.fetch('/orders', order)).status).toBe(200);
  expect(answered).toEqual(['back']);
});

it('a service that is split answers by the id, each partition for its own', async () => {
  const ports = [await listen(as('1/2')), await listen(as('2/2 a')), await listen(as('2/2 b'))];
  const [one, a, b] = ports.map(port => `http://127.0.0.1:${port}`);
  const app = (gateway = await GatewayApp.start({ QUERY_URL: `${one} ; ${a},${b}` }));
  const id = (last: number): string => `01900000-0000-7000-8000-00000000000${last}`;
  for (const last of [0, 1, 2, 3]) expect((await app.fetch(`/users/${id(last)}/products`)).status).toBe(200);
  expect(answered).toEqual(['1/2', '2/2 a', '1/2', '2/2 b']);
  for (const odd of ['me', '%F0%9F%98%80', 'x'.repeat(100)])
    expect((await app.fetch(`/users/${odd}/orders`)).status).toBe(200);
  expect(answered.slice(4)).toEqual(['1/2', '1/2', '1/2']);
});

it.each([
  ['ORDERS_URL', ',', /ORDERS_URL.*at least one/s],
  ['QUERY_URL', 'http://a;', /QUERY_URL.*at least one/s],
  ['QUERY_URL', 'http://a;http://b;http://c', /QUERY_URL.*all of 2, 4, 8 partitions/s],
  ['ORDERS_URL', 'http://a;http://b', /ORDERS_URL.*is not split/s],
])('%s=%s is a wrong setting', (name, value, refusal) => {
  expect(() => readConfig(gatewaySettings, { PORT: '1', [name]: value })).toThrow(refusal);
});
