import { readCloudEventEnvelope } from '@foldline/contracts';
import { checkAppend } from '../checked-append';
import { appendTo, newId } from '../testing/sample-appends';
import { RecentAppends } from './recent-appends';

const incarnation = newId();
const recordedAt = '2026-01-01T00:00:00.000Z';

/** As after calls that ended at these positions, each with so many events, and what the database told of the event before. */
function after(...calls: (readonly [upTo: number, events: number, previousId?: string, of?: string])[]): RecentAppends {
  const recent = new RecentAppends('products');
  for (const [position, count, previousId, of = incarnation] of calls) {
    const { events } = checkAppend('products', appendTo(`product-${position}`, 0, { events: count }), 900_000);
    recent.remember({ kind: 'appended', incarnation: of, position, recordedAt }, events, previousId);
  }
  return recent;
}
const positions = (recent: RecentAppends, from: number, limit = 100, maxBytes = 1e6): number[] =>
  recent.after(from, limit, maxBytes).map(event => event.position);

const previousIds = (recent: RecentAppends, from: number) =>
  recent.after(from, 100, 1e6).map(({ text }) => readCloudEventEnvelope(JSON.parse(text)).previousId);

it('names the event before as the database told it, also where the log was set back under what is known here', () => {
  const [told, other] = [newId(), newId()];
  expect(previousIds(after([12, 1, told]), 11)).toEqual([told]);
  expect(previousIds(after([1, 1]), 0)).toEqual(['']);
  expect(previousIds(after([12, 1, told], [13, 1], [12, 1, other]), 11)).toEqual([other]);
  expect(previousIds(after([12, 1], [13, 1, other]), 12)).toEqual([other]);
});

it('gives what follows an event that is known, with that one as the one before it', () => {
  const recent = after([12, 2], [15, 3]);
  expect(positions(recent, 11)).toEqual([12, 13, 14, 15]);
  const [first, second] = recent.after(11, 2, 1e6).map(({ text }) => readCloudEventEnvelope(JSON.parse(text)));
  expect(second?.previousId).toBe(first?.eventId);
  expect([positions(recent, 10), positions(recent, 15), positions(recent, 99)]).toEqual([[], [], []]);
  expect([positions(recent, 11, 2), positions(recent, 11, 9, 1)]).toEqual([[12, 13], [12]]);
});

it('ends where somebody else appended, and goes on when an answer that came late has filled the hole', () => {
  expect(positions(after([12, 2], [15, 2]), 11)).toEqual([12]);
  expect(positions(after([12, 2], [15, 2], [13, 1]), 11)).toEqual([12, 13, 14, 15]);
});

it('forgets another incarnation, and the oldest where it would hold too much', () => {
  expect(positions(after([12, 2], [3, 2, newId(), newId()]), 11)).toEqual([]);
  const many = after(...Array.from({ length: 100 }, (_, i) => [(i + 1) * 30, 30] as const));
  expect([positions(many, 999), positions(many, 2_999)]).toEqual([[], [3_000]]);
});
