import { defineProjection, type Projection } from '@foldline/projections';
import type { OrderEvent, OrderId, ProductId, StoredEvent, UserId } from '@foldline/contracts';
import { defineProcessStep, type ProcessStep } from './process-step';
import { reactBatch, readTriggers } from './react-batch';

const id = (n: number): string => `0190a1b2-0000-7000-8000-${String(n).padStart(12, '0')}`;

type Counted = { readonly type: 'Counted'; readonly data: { readonly by: number } };

/** Counts units ordered in one stream; cannot handle an order of 13, and breaks at one of 99. */
const counting = defineProcessStep<'orders', number, Counted>({
  name: 'counting',
  from: 'orders',
  initial: 0,
  evolve: (state, event) => state + event.data.by,
  keyOf: trigger => trigger.stream,
  streams: () => ['counter'],
  react: (states, trigger) => {
    if (trigger.type !== 'OrderPlaced') return [];
    const by = trigger.data.items[0]!.quantity;
    if (by === 13) return { park: 'unlucky' };
    if (by === 99) return (undefined as never as { boom(): never }).boom();
    return states.get('counter') + by > 10
      ? [{ stream: `full-${trigger.stream}`, events: [{ type: 'Counted', data: { by: 0 } }] }]
      : [{ stream: 'counter', events: [{ type: 'Counted', data: { by } }] }];
  },
});

function placed(
  position: number,
  order: number,
  quantity: number,
  type: OrderEvent['type'] = 'OrderPlaced',
): StoredEvent {
  return {
    log: 'orders',
    incarnation: id(900),
    position,
    eventId: id(1000 + position),
    stream: `order-${id(order)}`,
    version: 1,
    type,
    schemaVersion: 1,
    data: {
      orderId: id(order) as OrderId,
      userId: id(7) as UserId,
      items: [{ productId: id(8) as ProductId, quantity, unitPrice: 1 }],
      total: quantity,
      currency: 'EUR',
      placedAt: '2026-01-01T00:00:00.000Z',
    },
    metadata: {
      commandId: id(1),
      correlationId: id(500 + position),
      causationId: id(1),
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    },
    recordedAt: '2026-01-01T00:00:00.000Z',
  };
}
const loaded = new Map([['counter', { state: 2, version: 5 }]]);
const react = (events: StoredEvent[], parked: string[] = []) =>
  reactBatch(counting, readTriggers(counting, events), loaded, new Set(parked));

it('decides in the order of the log, each by what the ones before it did', () => {
  const { writes, after } = react([placed(1, 1, 5), placed(2, 2, 3), placed(3, 3, 4)]);
  expect(writes.map(({ stream, expectedVersion, events }) => [stream, expectedVersion, events.length])).toEqual([
    ['counter', 5, 2],
    [`full-order-${id(3)}`, 0, 1],
  ]);
  expect(after.get('counter')).toEqual({ state: 10, version: 7 });
});

it('every event says what caused it, in the trace it belongs to', () => {
  const { writes } = react([placed(4, 1, 1)]);
  expect(writes[0]!.events[0]!.metadata).toEqual({
    causationId: id(1004),
    correlationId: id(504),
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  });
});

it.each([
  [13, 'unlucky'],
  [99, expect.any(String)],
])('what cannot be handled (%s) is parked with what comes later for its key; the rest goes on', (quantity, reason) => {
  const { writes, parked } = react([placed(1, 1, quantity), placed(2, 1, 1), placed(3, 2, 1)]);
  expect(parked.map(({ position, key }) => [position, key])).toEqual([
    [1, `order-${id(1)}`],
    [2, `order-${id(1)}`],
  ]);
  expect(parked[0]!.reason).toEqual(reason);
  expect(writes[0]!.events).toHaveLength(1);
});

it('a key parked in an earlier batch stays parked', () => {
  expect(react([placed(9, 1, 1)], [`order-${id(1)}`])).toMatchObject({ writes: [], parked: [{ position: 9 }] });
});

it('an event that breaks its own rules is parked, not guessed at', () => {
  const { parked } = react([
    { ...placed(1, 1, 1), data: { nonsense: true } },
    { ...placed(2, 2, 1), type: 'NeverHeardOf' },
  ]);
  expect(parked.map(({ position }) => position)).toEqual([1, 2]);
});

it('a step and a projection cannot stand in for each other', () => {
  const projection = defineProjection({
    name: 'p',
    logs: ['orders'],
    revision: 1,
    tables: {},
    keyOf: event => event.stream,
    touches: () => ({}),
    project: () => undefined,
  });
  // @ts-expect-error -- a replay takes projections only: a step's effects are real
  const asProjection: Projection<'orders'> = counting;
  // @ts-expect-error -- a projection has no effects to run
  const asStep: ProcessStep<'orders', number, Counted> = projection;
  expect([asProjection.kind, asStep.kind]).toEqual(['process-step', 'projection']);
});
