import { setTimeout as pause } from 'node:timers/promises';
import type { LogHead, Positions } from '@foldline/contracts';
import { incarnationOf } from '../projection/shop-history';
import { FreshReads, type Unexplained } from './fresh-reads';
import type { Moment } from './read-store.port';

const at = (position: number, incarnation = incarnationOf('orders')): Positions => ({
  orders: { incarnation, position },
});
const moment = (positions: Positions): Moment => ({ generation: 1, positions, user: 'open', caller: null });
const explained = (): undefined => undefined;

/** A read model that goes from one position to the next whenever somebody waits, and then stays. */
function readModel(positions: number[], head: Partial<LogHead> | 'down' | 'silent' = {}) {
  let step = 0;
  const waited: Positions[] = [];
  const reads = new FreshReads(
    {
      reached: async (wanted, { timeoutMs }) => {
        waited.push(wanted);
        if (step === positions.length - 1) await pause(timeoutMs, undefined, { ref: false });
        else step += 1;
        return positions[step]! >= (wanted.orders?.position ?? 0) ? 'reached' : 'timeout';
      },
    },
    {
      head: async () => {
        if (head === 'silent') return new Promise<never>(() => undefined);
        if (head === 'down') throw new Error('no answer');
        return { incarnation: incarnationOf('orders'), position: 100, recordedAt: null, ...head };
      },
    },
    ['products', 'orders'],
  );
  return { reads, waited, read: async () => moment(at(positions[step]!)) };
}

it('a read without a token is answered at once', async () => {
  const { reads, read, waited } = readModel([5, 6]);
  expect(await reads.read({}, 1000, read, explained)).toEqual({ kind: 'shown', shown: moment(at(5)) });
  expect(waited).toEqual([]);
});

it('a read waits for the position of its token', async () => {
  const { reads, read } = readModel([5, 6, 7]);
  expect(await reads.read(at(7), 1000, read, explained)).toMatchObject({ shown: { positions: at(7) } });
});

it('a log that the read model is not made from makes nobody wait', async () => {
  const { reads, read, waited } = readModel([5]);
  const wanted = { ...at(5), users: at(9).orders! };
  expect(await reads.read(wanted, 1000, read, explained)).toMatchObject({ kind: 'shown' });
  expect(waited).toEqual([at(5)]);
});

it('a read that may not wait is behind, also while the owner of the log is down', async () => {
  for (const head of [{}, 'down'] as const) {
    const { reads, read } = readModel([5, 6], head);
    expect(await reads.read(at(6), 0, read, explained)).toEqual({ kind: 'behind' });
  }
});

it('a token of another incarnation says so, whether the read model or only the owner knows', async () => {
  const other = at(3, incarnationOf('users'));
  const { reads, read } = readModel([5]);
  expect(await reads.read(other, 1000, read, explained)).toEqual({ kind: 'log-replaced', log: 'orders' });
  const empty = async () => moment({});
  expect(await reads.read(other, 1000, empty, explained)).toEqual({ kind: 'log-replaced', log: 'orders' });
});

it('a token ahead of the head is refused long before the wait is over', async () => {
  const { reads, read } = readModel([5], { position: 6 });
  const from = performance.now();
  expect(await reads.read(at(7), 10_000, read, explained)).toEqual({ kind: 'token-ahead', log: 'orders' });
  expect(performance.now() - from).toBeLessThan(5000);
});

it('what is written a moment before is shown without asking the store or the owner too soon', async () => {
  const { reads, read } = readModel([5, 6], 'silent');
  let asked = 0;
  const from = performance.now();
  const counted = async () => ((asked += 1), read());
  expect(await reads.read(at(6), 10_000, counted, explained)).toMatchObject({ shown: { positions: at(6) } });
  expect([asked, performance.now() - from < 500]).toEqual([1, true]);
});

it('what arrives while the owner is silent is shown', async () => {
  const { reads, read } = readModel([5, 5, 6], 'silent');
  const from = performance.now();
  expect(await reads.read(at(6), 10_000, read, explained)).toMatchObject({ shown: { positions: at(6) } });
  expect(performance.now() - from).toBeLessThan(500);
});

it('what a log has not explained yet is waited for, then shown if it may be', async () => {
  const missing: Unexplained = { log: 'products', showable: true };
  const first = readModel([5, 6]);
  const untilSix = (shown: Moment) => (shown.positions.orders!.position < 6 ? missing : undefined);
  expect(await first.reads.read({}, 1000, first.read, untilSix)).toMatchObject({ shown: { positions: at(6) } });
  expect(first.waited).toEqual([{ products: { incarnation: '', position: 1 } }]);
  const never = readModel([5]);
  expect(await never.reads.read({}, 0, never.read, () => missing)).toMatchObject({ kind: 'shown' });
  expect(await never.reads.read({}, 0, never.read, () => ({ ...missing, showable: false }))).toEqual({
    kind: 'behind',
  });
});

it('a thousand tokens ahead at once cost the owner a call or two', async () => {
  let calls = 0;
  const reads = new FreshReads(
    { reached: async (_, { timeoutMs }) => pause(timeoutMs, 'timeout' as const, { ref: false }) },
    {
      head: async () => {
        calls += 1;
        // On its way while all the others ask: their waits end in the same milliseconds, not in the same one.
        await pause(200);
        return { incarnation: incarnationOf('orders'), position: 1, recordedAt: null };
      },
    },
    ['orders'],
  );
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => reads.read(at(9), 1000, async () => moment(at(1)), explained)),
  );
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['token-ahead']));
  expect(calls).toBeLessThanOrEqual(2);
});
