/** What readers tell of their work: a line for what was set aside, a span for what was applied; nothing of anybody. */
import { defineProjection, defineTable, type EventFrom } from '@foldline/projections';
import { idOf, MemoryProjectionStores, SampleLog, SampleOwner } from '@foldline/projections/testing';
import { makeKit, makeLogger, type Kit } from '@foldline/service-kit';
import { eventually } from '@foldline/testing';
import { Readers } from './readers';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const people = defineTable<{ id: string }>({ name: 'people', key: ['id'], columns: { id: 'uuid' } });

/** It cannot bear a certain address, and says so in its own words. */
const projection = defineProjection<'users', { people: typeof people }>({
  name: 'people',
  logs: ['users'],
  tables: { people },
  revision: 1,
  keyOf: event => event.stream,
  touches: ({ data: { userId } }: EventFrom<'users'>) => ({ people: [[userId]] }),
  project: (views, event) => {
    if (event.type === 'UserSignedUp' && event.data.personal.email.startsWith('canary'))
      throw new RangeError(`cannot fold\n${event.data.personal.email}`);
    views.people.put({ id: event.data.userId });
  },
});

const log = new SampleLog('users');
const [good, bad] = [idOf('good'), idOf('bad')];
const streamOf = (id: string): string => `user-${id}`;
const signedUp = (userId: string, email: string) =>
  log.append('UserSignedUp', streamOf(userId), {
    userId,
    role: 'customer',
    personal: { email, displayName: 'Canary' },
  });
signedUp(good, 'somebody@example.com');
signedUp(bad, 'canary@example.com');
for (let i = 0; i < 3; i += 1)
  log.append('UserProfileChanged', streamOf(bad), { userId: bad, personal: { displayName: 'Canary' } });
log.append('UserClosed', streamOf(good), { userId: good });
log.append('Unheard', streamOf(good), { userId: good });
for (const event of log.events) Object.assign(event.metadata, { traceparent: TRACEPARENT });

it('what was set aside is one line for each key and reason, with what to do next; what was applied is a span', async () => {
  const lines: string[] = [];
  const spans: unknown[] = [];
  const kit = makeKit('query', makeLogger('query', 'info', { write: line => void lines.push(line) }), {
    on: true,
    record: (name, traceparent, from, to, attributes) => void spans.push([name, traceparent, to >= from, attributes]),
    onRequests: () => undefined,
    stop: async () => undefined,
  });
  const stores = new MemoryProjectionStores();
  await stores.prepare();
  const store = await stores.openServing(projection);
  const runner = new Readers(kit).start({ sink: store, reader: new SampleOwner(log), settings: { headEveryMs: 20 } });
  await eventually(async () => expect(runner.positions().users?.position).toBe(7));
  await kit.shutdown.run();
  const parked = lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'event parked');
  const always = { level: 'warn', service: 'query', reader: 'people_g1', log: 'users' };
  const next = 'Mend the cause, then: npm run -s replay -- redrive <key> --projection people';
  expect(parked).toMatchObject(
    [
      { ...always, position: 2, type: 'UserSignedUp', key: streamOf(bad), reason: 'RangeError', events: 1, next },
      { ...always, position: 3, type: 'UserProfileChanged', key: streamOf(bad), reason: /waits/, events: 3, next },
      { ...always, position: 7, type: 'Unheard', key: streamOf(good), reason: /unknown event type/, events: 1, next },
    ].map(({ reason, ...line }) => ({ ...line, reason: expect.stringMatching(reason) })),
  );
  expect(lines.join('')).not.toMatch(/canary|@example|Canary/);
  // The whole reason is where the event is.
  expect((await store.parked())[0]!.reason).toBe('RangeError: cannot fold\ncanary@example.com');
  const applied = (type: string, position: number) => [
    `apply ${type}`,
    TRACEPARENT,
    true,
    { reader: 'people_g1', log: 'users', position },
  ];
  expect(spans).toEqual(log.events.map(({ type, position }) => applied(type, position)));
});

const untraced: Kit['tracing'] = {
  on: false,
  record: () => undefined,
  onRequests: () => undefined,
  stop: async () => undefined,
};

it('how long the first event of each batch waited is counted, by its recording and the clock', async () => {
  const kit = makeKit('query', makeLogger('query', 'fatal'), untraced);
  const stores = new MemoryProjectionStores();
  const store = await stores.openServing(projection);
  const recent = new SampleLog('users');
  const userId = idOf('recent');
  recent.append('UserSignedUp', streamOf(userId), {
    userId,
    role: 'customer',
    personal: { email: 'a@example.com', displayName: 'A' },
  });
  Object.assign(recent.events[0]!, { recordedAt: new Date(Date.now() - 60_000).toISOString() });
  const runner = new Readers(kit).start({ sink: store, reader: new SampleOwner(recent) });
  await eventually(async () => expect(runner.positions().users?.position).toBe(1));
  const text = await kit.metrics.registry.metrics();
  await kit.shutdown.run();
  const series = (le: string): string =>
    `foldline_projection_delay_seconds_bucket{le="${le}",service="query",reader="people_g1",log="users"}`;
  expect(text).toContain(`${series('30')} 0\n`);
  expect(text).toContain(`${series('300')} 1\n`);
});
