/** What comes over real sockets: broken, slow and endless requests, callers who leave, and the end of the service. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { startKitApp, ThingsController, type KitApp } from './kit-app';

let service: KitApp;
beforeAll(async () => (service = await startKitApp({ SHUTDOWN_DEADLINE_MS: 2000 })));
afterAll(() => service.stop());

interface Conversation {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  received(): string;
}

function open(to: KitApp = service): Conversation {
  const { hostname, port } = new URL(to.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', chunk => (text += chunk.toString('latin1'))).on('error', () => undefined);
  return { socket, received: () => text, closed: once(socket, 'close').then(() => text) };
}

/** Sends and waits until the service closes the connection. */
async function send(bytes: string): Promise<string> {
  const { socket, closed } = open();
  socket.write(bytes);
  return closed;
}

const POST = 'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

function expectProblemOn(answer: string, status: number): void {
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(answer.toLowerCase()).toMatch(/x-request-id: [\w-]+\r\n/);
  expect(answer).toMatch(/"traceId":"[0-9a-f]{32}"/);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
}

describe('is refused and closed', () => {
  it.each([
    ['two lengths', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['two content lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    ['a length that is none', `${POST}Content-Length: -1\r\n\r\n`, 400],
    ['a blank before the colon', 'GET /things HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n', 400],
    ['a folded header', 'GET /things HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['a control character in a header', 'GET /things HTTP/1.1\r\nHost: a\r\nX-A: b\u0000c\r\n\r\n', 400],
    ['100 kB of header', `GET /things HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(100_000)}\r\n\r\n`, 431],
    ['no HTTP at all', 'nonsense\r\n\r\n', 400],
    ['a chunk without a size', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
  ])('%s', async (_, bytes, status) => expectProblemOn(await send(bytes), status));

  it('an unknown verb, with what the address knows', async () => {
    const answer = await send('BREW /things HTTP/1.1\r\nHost: a\r\n\r\n');
    expectProblemOn(answer, 405);
    expect(answer).toMatch(/allow: GET, HEAD, POST\r\n/i);
    expectProblemOn(await send('BREW /nowhere HTTP/1.1\r\nHost: a\r\n\r\n'), 404);
  });

  it('a body over the limit that does not say its length', async () => {
    const { socket, closed } = open();
    socket.write(`${POST}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    for (let i = 0; i < 20 && socket.writable; i += 1) socket.write(`2000\r\n${' '.repeat(0x2000)}\r\n`);
    expectProblemOn(await closed, 413);
  });
});

it('a body shorter than it says, and a caller who leaves in the middle, leave nothing open', async () => {
  for (let i = 0; i < 20; i += 1) {
    const { socket, closed } = open();
    socket.write(`${POST}Content-Length: 500\r\n\r\n{"lines":`);
    setTimeout(() => socket.destroy(), 5);
    await closed;
  }
  const { server } = service.app.getHttpAdapter().getInstance();
  await eventually(async () => {
    const count = await new Promise<number>(done => server.getConnections((_, open) => done(open)));
    expect(count).toBe(0);
  });
  expect((await fetch(`${service.url}/things`)).status).toBe(200);
});

it('a TRACE shows nobody their headers', async () => {
  const answer = await send('TRACE /things HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Secret: canary\r\n\r\n');
  expectProblemOn(answer, 405);
  expect(answer).not.toContain('canary');
});

describe('stopping', () => {
  it('finishes what is being answered, ends its connection, takes nothing new, and is done in time', async () => {
    const stopping = await startKitApp({ SHUTDOWN_DEADLINE_MS: 5000 });
    const idle = open(stopping);
    idle.socket.write('GET /things HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(idle.received()).toMatch(/^HTTP\/1\.1 200/));
    const busy = open(stopping);
    busy.socket.write('GET /things/slow HTTP/1.1\r\nHost: a\r\n\r\n');
    ThingsController.release = () => undefined;
    const unset = ThingsController.release;
    await eventually(() => expect(ThingsController.release).not.toBe(unset));
    const stopped = stopping.stop();
    await idle.closed;
    await expect(fetch(`${stopping.url}/things`)).rejects.toThrow();
    ThingsController.release();
    const answer = await busy.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).toMatch(/connection: close/i);
    await stopped;
  });

  it('does not wait for ever for a caller who waits', async () => {
    const stopping = await startKitApp({ SHUTDOWN_DEADLINE_MS: 400 });
    const busy = open(stopping);
    busy.socket.write('GET /things/slow HTTP/1.1\r\nHost: a\r\n\r\n');
    const unset = ThingsController.release;
    await eventually(() => expect(ThingsController.release).not.toBe(unset));
    const started = performance.now();
    await stopping.stop();
    await busy.closed;
    expect(performance.now() - started).toBeLessThan(400);
  });
});

describe('slow callers', () => {
  let hasty: KitApp;
  beforeAll(async () => (hasty = await startKitApp({}, { http: { headersTimeoutMs: 300, requestTimeoutMs: 600 } })));
  afterAll(() => hasty.stop());

  it.each([
    ['headers that never end', 'GET /things HTTP/1.1\r\nHost: a\r\n', 'X-A: b\r\n'],
    ['a body of one byte at a time', `${POST}Content-Length: 1000\r\n\r\n`, ' '],
  ])('%s are answered 408, and their connection is free', async (_, start, drip) => {
    const { socket, closed } = open(hasty);
    socket.write(start);
    const dripping = setInterval(() => socket.write(drip), 50);
    const answer = await Promise.race([closed, pause(10_000, 'still open', { ref: false })]);
    clearInterval(dripping);
    expectProblemOn(answer, 408);
  });
});
