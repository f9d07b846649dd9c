import { logOwnerController, type OwnedLog } from './log-owner.controller';

interface Owner {
  read(request: unknown): Promise<Uint8Array>;
}
const AT_ONCE = 8;

/** A log whose reads take until they are let go. */
function slowOwner() {
  const reading: (() => void)[] = [];
  const log: OwnedLog = {
    head: () => Promise.reject(new Error('nobody asks')),
    readJoined: () => new Promise(done => reading.push(() => done({ pieces: [], leftOut: 0 }))),
  };
  const owner = new (logOwnerController('orders') as new (log: OwnedLog) => Owner)(log);
  return { reading, ask: () => owner.read({ after: 0, limit: 1 }) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('who would wait for a page until after he has given up is told to come again, and nothing is read for him', async () => {
  const { reading, ask } = slowOwner();
  const pages = Array.from({ length: AT_ONCE }, ask);
  const late = Array.from({ length: 3 }, () => ask().catch((error: Error) => error.message));
  await jest.advanceTimersByTimeAsync(3000);
  expect(await Promise.all(late)).toEqual(Array(3).fill('too many reads at once; ask again later'));
  expect(reading).toHaveLength(AT_ONCE);

  for (const done of reading.splice(0)) done();
  await Promise.all(pages);
  expect(reading).toHaveLength(0);
  const next = ask();
  reading[0]!();
  expect(Buffer.from(await next).toString()).toBe('{"events":[]}');
});

it('a page is its pieces and what was left out of it; who wants that asks for types of events', async () => {
  const asked: unknown[] = [];
  const log: OwnedLog = {
    head: () => Promise.reject(new Error('nobody asks')),
    readJoined: async (...page) => {
      asked.push(page);
      return { pieces: ['{"a":"ä"},{"b":1}', '{"c":"€"}'], leftOut: 2 };
    },
  };
  const owner = new (logOwnerController('orders') as new (log: OwnedLog) => Owner)(log);
  const answer = Buffer.from(await owner.read({ after: 3, limit: 9000, without: ['OrderPlaced'] })).toString();
  expect(answer).toBe('{"events":[{"a":"ä"},{"b":1},{"c":"€"}],"leftOut":2}');
  expect(asked).toEqual([[3, 5000, 512_000, ['OrderPlaced']]]);
  for (const without of ['OrderPlaced', [7], Array(101).fill('x'), ['x'.repeat(101)], {}, null])
    await expect(owner.read({ after: 0, limit: 1, without })).rejects.toThrow('without must be a list');
  expect(asked).toHaveLength(1);
});

it('who waits is next when somebody leaves', async () => {
  const { reading, ask } = slowOwner();
  const pages = Array.from({ length: AT_ONCE + 1 }, ask);
  reading[0]!();
  await pages[0];
  await jest.advanceTimersByTimeAsync(0);
  expect(reading).toHaveLength(AT_ONCE + 1);
  for (const done of reading) done();
  await Promise.all(pages);
});
