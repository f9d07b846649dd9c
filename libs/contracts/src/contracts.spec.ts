import Ajv from 'ajv';
import {
  allEventVersions,
  checkEventData,
  dataSchemas,
  decodeToken,
  encodeCloudEvent,
  encodeToken,
  InvalidEventError,
  joinPositions,
  readCloudEventEnvelope,
  upcastEvent,
  type StoredEvent,
  type UserId,
} from './index';

const id = '0190a1b2-0000-7000-8000-000000000001';
const signedUp: StoredEvent = {
  log: 'users',
  incarnation: '0190a1b2-0000-7000-8000-0000000000aa',
  position: 7,
  previousId: '0190a1b2-0000-7000-8000-000000000006',
  eventId: id,
  stream: `user-${id}`,
  version: 1,
  type: 'UserSignedUp',
  schemaVersion: 1,
  data: { userId: id as UserId, role: 'customer', personal: { email: 'a@b.example', displayName: 'A' } },
  metadata: { commandId: id, correlationId: id, causationId: id },
  recordedAt: '2026-01-01T00:00:00.000Z',
};
const placed = {
  orderId: id,
  userId: id,
  items: [{ productId: id, quantity: 1, unitPrice: 1 }],
  total: 1,
  currency: 'EUR',
};

describe('event contracts', () => {
  it('every version of every event has a schema made from its class', () => {
    for (const version of allEventVersions) expect(dataSchemas[version.data.name]).toMatchObject({ type: 'object' });
  });
  it('every schema is one, as JSON Schema draft 7 says', () => {
    const ajv = new Ajv({ strict: false });
    for (const schema of Object.values(dataSchemas))
      expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
    expect(ajv.validateSchema({ type: 'objekt' })).toBe(false);
  });
  it('an event survives the wire unchanged', () => {
    expect(upcastEvent(readCloudEventEnvelope(JSON.parse(encodeCloudEvent(signedUp))))).toEqual(signedUp);
  });
  it('the first event of a log has none before it', () => {
    const first = { ...signedUp, position: 1, previousId: '' };
    const wire = JSON.parse(encodeCloudEvent(first)) as object;
    expect(wire).not.toHaveProperty('previousid');
    expect(readCloudEventEnvelope(wire)).toEqual(first);
    expect(() => readCloudEventEnvelope({ ...wire, previousid: 'x' })).toThrow(/previousid/);
  });
  it('data that breaks a rule is refused, nested too, without showing the value', () => {
    expect(() =>
      checkEventData('users', 'UserSignedUp', 1, { ...signedUp.data, personal: { email: 1, displayName: 'A' } }),
    ).toThrow(InvalidEventError);
    expect(() => checkEventData('users', 'UserSignedUp', 1, { ...signedUp.data, userId: 'nope' })).toThrow(/userId/);
    expect(() => checkEventData('users', 'UserSignedUp', 2, signedUp.data)).toThrow(/no schema version 2/);
    expect(() => checkEventData('users', 'Nothing', 1, {})).toThrow(/unknown event type/);
  });
  it.each([[null], [{}], [{ specversion: '1.0' }]])('%j is not an event', value => {
    expect(() => readCloudEventEnvelope(value)).toThrow(InvalidEventError);
  });
  it.each(['2026-01-31T12:00:00.000Z', '2024-02-29T23:59:59Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z'])(
    '%s is a time',
    time => {
      const wire = JSON.parse(encodeCloudEvent(signedUp)) as object;
      expect(readCloudEventEnvelope({ ...wire, time }).recordedAt).toBe(time);
      expect(() => checkEventData('orders', 'OrderPlaced', 1, { ...placed, placedAt: time })).not.toThrow();
    },
  );
  it.each([
    ['in the year 0', '0000-01-01T00:00:00.000Z'],
    ['at hour 24', '9999-12-31T24:00:00.000Z'],
    ['in a leap second', '2016-12-31T23:59:60Z'],
    ['without a zone', '2026-01-31T12:00:00.000'],
    ['in another zone', '2026-01-31T12:00:00+02:00'],
    ['on a day that its month has not', '2026-02-30T12:00:00Z'],
    ['on a 29th of February that was none', '2025-02-29T12:00:00Z'],
    ['in month 13', '2026-13-01T12:00:00Z'],
    ['before Christ', '-000001-01-01T00:00:00Z'],
    ['beyond four digits', '+012026-01-01T00:00:00Z'],
    ['of a day alone', '2026-01-31'],
    ['of a week', '2026-W05-1'],
    ['in words', 'Sat, 31 Jan 2026 12:00:00 GMT'],
    ['with blanks', ' 2026-01-31T12:00:00Z'],
    ['as a number', 1_769_860_800_000],
    ['as nothing', ''],
  ])('a time %s is none', (_, time) => {
    const wire = JSON.parse(encodeCloudEvent(signedUp)) as object;
    expect(() => readCloudEventEnvelope({ ...wire, time })).toThrow('time is not RFC 3339 in UTC');
    expect(() => checkEventData('orders', 'OrderPlaced', 1, { ...placed, placedAt: time })).toThrow(/placedAt/);
  });
});

describe('consistency token', () => {
  const at = (position: number) => ({ incarnation: id, position });
  it('comes back as it went', () => {
    expect(decodeToken(encodeToken({ users: at(3), orders: at(9) }))).toEqual({ users: at(3), orders: at(9) });
  });
  it.each([
    '',
    '%',
    'x'.repeat(2000),
    Buffer.from('[]').toString('base64url'),
    Buffer.from('{"users":[1,2]}').toString('base64url'),
    Buffer.from(`{"users":["${id}",-1]}`).toString('base64url'),
  ])('a malformed token is refused (case %#)', token => {
    expect(decodeToken(token)).toBeUndefined();
  });
  it('joins to the newest of each log', () => {
    expect(joinPositions({ users: at(3), orders: at(9) }, { users: at(5), orders: at(2) })).toEqual({
      users: at(5),
      orders: at(9),
    });
  });
});
