/** What the owner of a log answers to other services over NATS, whatever they ask. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from 'nats';
import { logHeadSubject, logReadSubject } from '@foldline/contracts';
import { ServiceUnderTest } from '@foldline/service-runtime/testing';
import { eventually } from '@foldline/testing';
import { NatsLink } from '@foldline/transport';
import { composeProducts } from '../src/products.module';
import { productsSettings } from '../src/products.settings';

jest.setTimeout(60_000);

const [HEAD, READ] = [logHeadSubject('products'), logReadSubject('products')];

let service: ServiceUnderTest;
let link: NatsLink;
let connection: NatsConnection;

interface Told {
  readonly events?: readonly { readonly position: number }[];
  readonly position?: number;
  readonly error?: { readonly code: string; readonly message: string };
}
async function ask(subject: string, request: string | object): Promise<Told> {
  const bytes = typeof request === 'string' ? request : JSON.stringify(request);
  const { data } = await connection.request(subject, bytes, { timeout: 20_000 });
  return JSON.parse(Buffer.from(data).toString('utf8')) as Told;
}

beforeAll(async () => {
  service = await (await ServiceUnderTest.prepare('products', productsSettings, composeProducts)).up();
  link = new NatsLink({ servers: service.nats.url, name: 'stranger' });
  connection = await link.connection;
  const token = await service.tokenOf(randomUUID(), 'admin');
  const product = {
    title: 'Lamp',
    description: 'x'.repeat(5000),
    image: '/images/a.svg',
    category: 'c',
    price: { amount: 1, currency: 'EUR' },
  };
  for (let i = 0; i < 150; i += 1) await service.call('POST', '/products', { token, body: product });
  await eventually(() => ask(HEAD, {}));
});
afterAll(async () => {
  await link.stop();
  await service.close();
});

it('pages are bounded, whatever is asked for, and follow each other without a hole', async () => {
  const positions: number[] = [];
  for (;;) {
    const { events = [] } = await ask(READ, { after: positions.at(-1) ?? 0, limit: 1_000_000_000 });
    if (events.length === 0) break;
    expect(Buffer.byteLength(JSON.stringify(events))).toBeLessThan(1_000_000);
    positions.push(...events.map(({ position }) => position));
  }
  expect(positions).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
});

it('beyond the end there is nothing', async () => {
  expect(await ask(READ, { after: 150, limit: 10 })).toEqual({ events: [] });
  expect(await ask(READ, { after: Number.MAX_SAFE_INTEGER, limit: 10 })).toEqual({ events: [] });
  expect(await ask(HEAD, { at: 1_000_000 })).toMatchObject({ position: 150, eventIdAt: null });
});

it.each<[string, string, string | object]>([
  ['nothing', READ, ''],
  ['no JSON', READ, '{"after":'],
  ['a list', READ, []],
  ['null', READ, 'null'],
  ['no position', READ, { limit: 1 }],
  ['a negative position', READ, { after: -1, limit: 1 }],
  ['a position in text', READ, { after: '1', limit: 1 }],
  ['a position beyond 2^63', READ, '{"after":9223372036854775808,"limit":1}'],
  ['no limit', READ, { after: 0 }],
  ['a limit of none', READ, { after: 0, limit: 0 }],
  ['a negative limit', READ, { after: 0, limit: -5 }],
  ['SQL', READ, { after: '0; drop table log.events', limit: 1 }],
  ['a head at a negative position', HEAD, { at: -1 }],
  ['a head at text', HEAD, { at: 'x' }],
])('%s is refused by an answer', async (_, subject, request) => {
  const { error } = await ask(subject, request);
  expect(error).toEqual({ code: 'refused', message: expect.any(String) });
  expect(error!.message).not.toMatch(/select|SELECT|\.ts:/);
});

it('a thousand at once are answered or told to come back, and the service goes on serving', async () => {
  const asked = Array.from({ length: 1000 }, () => ask(READ, { after: 0, limit: 5000 }));
  expect((await service.call('GET', '/products?limit=1')).status).toBe(200);
  const answers = await Promise.all(asked);
  const refused = answers.filter(({ error }) => error);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(1000);
  expect(refused.every(({ error }) => /again/.test(error!.message))).toBe(true);
});

it('who does not say where to answer harms nobody', async () => {
  for (const request of ['', '{}', '{"after":0,"limit":1}']) connection.publish(READ, request);
  await connection.flush();
  expect((await ask(READ, { after: 0, limit: 1 })).events).toHaveLength(1);
});

it('the log of another service is not answered for', async () => {
  await expect(ask(logReadSubject('orders'), { after: 0, limit: 1 })).rejects.toThrow(/503|NO_RESPONDERS/i);
});
