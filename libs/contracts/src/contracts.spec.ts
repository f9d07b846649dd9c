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

describe('event contracts', () => {
  it('every version of every event has a schema made from its class', () => {
    for (const version of allEventVersions) expect(dataSchemas[version.data.name]).toMatchObject({ type: 'object' });
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
