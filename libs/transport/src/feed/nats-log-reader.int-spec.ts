/** Answers of an owner that come twice, late, never, or are none: the question fails, and no other question is given them. */
import { connect, type Msg, type NatsConnection } from 'nats';
import { encodeCloudEvent, logHeadSubject, logReadSubject } from '@foldline/contracts';
import { SampleLog, idOf } from '@foldline/projections/testing';
import { startOwnNats, type OwnServer } from '@foldline/testing';
import { NatsLink } from '../nats-link';
import { NatsLogReader } from './nats-log-reader';

const TIMEOUT_MS = 300;
const log = new SampleLog('orders');
for (let i = 0; i < 5; i += 1)
  log.append('OrderRejected', `order-${idOf(`${i}`)}`, {
    orderId: idOf(`${i}`),
    userId: idOf('user'),
    code: 'out-of-stock',
    items: [],
  });
const page = (after: number, limit: number): string =>
  `{"events":[${log.events
    .slice(after, after + limit)
    .map(encodeCloudEvent)
    .join()}]}`;

let server: OwnServer;
let link: NatsLink;
let owner: NatsConnection;
let reader: NatsLogReader;
/** What the stand-in owner does with a question. */
let answer: (question: { after: number; limit: number }, message: Msg) => void;

beforeAll(async () => {
  server = await startOwnNats();
  owner = await connect({ servers: server.url });
  for (const subject of [logReadSubject('orders'), logHeadSubject('orders')])
    owner.subscribe(subject, { callback: (_, message) => answer(message.json(), message) });
  await owner.flush();
  link = new NatsLink({ servers: server.url, name: 'reader' });
  await link.connection;
  reader = new NatsLogReader(link, TIMEOUT_MS);
});
afterAll(async () => {
  await link.stop();
  await owner.close();
  await server.remove();
});

const honest = ({ after, limit }: { after: number; limit: number }, message: Msg): void =>
  void message.respond(page(after, limit));

it('an answer that comes twice counts once, and the second is nobody’s', async () => {
  answer = (question, message) => {
    honest(question, message);
    message.respond(page(0, 5));
  };
  for (const after of [0, 1, 2, 3])
    expect(await reader.read('orders', after, 1)).toEqual([expect.objectContaining({ position: after + 1 })]);
});

it('a lost answer fails in time, and asking again gets the answer; one that comes late is nobody’s', async () => {
  const late: Msg[] = [];
  answer = (_, message) => void late.push(message);
  const asked = performance.now();
  await expect(reader.read('orders', 0, 1)).rejects.toThrow(/TIMEOUT/i);
  expect(performance.now() - asked).toBeLessThan(TIMEOUT_MS * 5);
  answer = (question, message) => {
    late[0]!.respond(page(4, 1));
    honest(question, message);
  };
  expect(await reader.read('orders', 1, 1)).toEqual([expect.objectContaining({ position: 2 })]);
  expect(late).toHaveLength(1);
});

it.each([
  ['nothing', ''],
  ['no JSON', '{"events":['],
  ['null', 'null'],
  ['a list', '[]'],
  ['no page', '{}'],
  ['a page that is none', '{"events":7}'],
  ['what is no event', '{"events":[{}]}'],
  ['half an event', page(0, 1).replace('"streamversion":1', '"streamversion":0')],
  ['more than was asked for', page(0, 3)],
])('%s is no page of a log', async (_, text) => {
  answer = (__, message) => void message.respond(text);
  await expect(reader.read('orders', 0, 2)).rejects.toThrow(/orders|not/);
});

it('what the owner says it left out is believed when it is as much as is missing', async () => {
  let asked: object = {};
  const leaving = (leftOut: unknown) => (question: { after: number; limit: number }, message: Msg) => {
    asked = question;
    const events = (JSON.parse(page(0, 5)) as { events: { position: number }[] }).events;
    message.respond(JSON.stringify({ events: events.filter(({ position }) => [1, 5].includes(position)), leftOut }));
  };
  answer = leaving(3);
  expect((await reader.read('orders', 0, 5, ['OrderPlaced'])).map(({ position }) => position)).toEqual([1, 5]);
  expect(asked).toEqual({ after: 0, limit: 5, without: ['OrderPlaced'] });
  for (const wrong of [2, 4, 0, undefined]) {
    answer = leaving(wrong);
    await expect(reader.read('orders', 0, 5, ['OrderPlaced'])).rejects.toThrow('the log of orders has a hole');
  }
  answer = leaving('3');
  await expect(reader.read('orders', 0, 5, ['OrderPlaced'])).rejects.toThrow(/no page/);
});

const head = { incarnation: log.incarnation, position: 5, recordedAt: log.events[4]!.recordedAt, eventIdAt: null };
it.each<[string, object | string]>([
  ['nothing', ''],
  ['null', 'null'],
  ['no incarnation', { ...head, incarnation: 'orders' }],
  ['a negative position', { ...head, position: -1 }],
  ['a position in text', { ...head, position: '5' }],
  ['a position beyond 2^53', JSON.stringify(head).replace('5,', '9223372036854775808,')],
  ['a time that is none', { ...head, recordedAt: '9999-12-31T24:00:00Z' }],
  ['an id that is none', { ...head, eventIdAt: 7 }],
])('%s is no head of a log', async (_, text) => {
  answer = (__, message) => void message.respond(typeof text === 'string' ? text : JSON.stringify(text));
  await expect(reader.head('orders', 5)).rejects.toThrow(/orders/);
});

it('a head is taken as it is', async () => {
  answer = (_, message) => void message.respond(JSON.stringify(head));
  expect(await reader.head('orders', 5)).toEqual(head);
});

it('what the owner refuses is told in its words', async () => {
  answer = (_, message) => void message.respond('{"error":{"code":"busy","message":"ask again"}}');
  await expect(reader.read('orders', 0, 1)).rejects.toThrow('ask again');
});
