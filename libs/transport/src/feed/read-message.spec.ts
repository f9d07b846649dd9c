import { encodeCloudEvent, subjectOf, type StoredEvent } from '@foldline/contracts';
import { SampleLog, idOf } from '@foldline/projections/testing';
import { readMessage } from './read-message';

const orders = new SampleLog('orders');
const event: StoredEvent = orders.append('OrderRejected', `order-${idOf('order')}`, {
  orderId: idOf('order'),
  userId: idOf('user'),
  code: 'out-of-stock',
  items: [],
});
const SUBJECT = subjectOf('orders', 'OrderRejected');
const text = encodeCloudEvent(event);
const read = (bytes: string | Uint8Array, subject = SUBJECT) =>
  readMessage('orders', subject, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
/** The event with some attributes changed. */
const changed = (fields: Record<string, unknown>): string =>
  JSON.stringify({ ...(JSON.parse(text) as object), ...fields });

it('a message of the log is its event', () => expect(read(text)).toEqual({ event }));

it('a message from the year 9999 is its event: nothing is ordered by time', () => {
  const time = '9999-12-31T23:59:59.999Z';
  expect(read(changed({ time }))).toEqual({ event: { ...event, recordedAt: time } });
});

describe('is not believed:', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['no JSON', '{"specversion":'],
    ['two documents', `${text}${text}`],
    ['JSON of another shape', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['compressed bytes', Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
    ['a megabyte of nested lists', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['another version of the envelope', changed({ specversion: '0.3' })],
    ['no position', changed({ position: undefined })],
    ['a position in text', changed({ position: '1' })],
    ['position 0', changed({ position: 0 })],
    ['a negative position', changed({ position: -1 })],
    ['half a position', changed({ position: 1.5 })],
    ['a position beyond 2^53', text.replace('"position":1', '"position":9223372036854775808')],
    ['no version of the stream', changed({ streamversion: null })],
    ['no incarnation', changed({ log: '' })],
    ['an incarnation that is no id', changed({ log: 'orders' })],
    ['an id that is none', changed({ id: '../1' })],
    ['no stream', changed({ subject: '' })],
    ['an unknown log', changed({ type: 'shop.payments.Paid.v1', source: '/payments' })],
    ['a source of another log', changed({ source: '/users' })],
    ['a type without a version', changed({ type: 'shop.orders.OrderRejected' })],
    ['a type of another shop', changed({ type: 'com.example.OrderRejected.v1' })],
    ['no time', changed({ time: undefined })],
    ['a time before Christ', changed({ time: '-009999-01-01T00:00:00.000Z' })],
    ['a time that no clock shows', changed({ time: '9999-12-31T24:00:00.000Z' })],
    ['data that is no object', changed({ data: 7 })],
    ['no data', changed({ data: undefined })],
    ['no cause', changed({ causationid: undefined })],
  ])('%s', (_, bytes) => {
    const answer = read(bytes);
    expect(answer).toEqual({ reason: expect.any(String) });
    expect((answer as { reason: string }).reason).not.toMatch(/out-of-stock|\[\[/);
  });

  it('an event of another log', () => {
    const users = new SampleLog('users').append('UserClosed', 'user-1', { userId: idOf('user') });
    expect(read(encodeCloudEvent(users), subjectOf('users', 'UserClosed'))).toEqual({ reason: expect.any(String) });
  });

  it('an event on the subject of another type', () =>
    expect(read(text, subjectOf('orders', 'OrderPlaced'))).toEqual({ reason: expect.any(String) }));
});
