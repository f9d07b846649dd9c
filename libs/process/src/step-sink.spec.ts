import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailableError, StateStore, type Append, type AppendResult, type EventLog } from '@foldline/event-log';
import { MemoryEventLog } from '@foldline/event-log/testing';
import { Runner, type Batch } from '@foldline/projections';
import { idOf, SampleLog, SampleOwner, ScriptedFeed } from '@foldline/projections/testing';
import type { OrderId, ProductEvent, ProductId } from '@foldline/contracts';
import { defineProcessStep } from './process-step';
import { StepSink } from './step-sink';

const product = 'product-a';
const productId = idOf('product a') as ProductId;

/** Takes an order's quantity from a stock of one product; an order of 13 it cannot bear, one of 77 makes an event that breaks its rules. */
const reserving = defineProcessStep<'orders', number, ProductEvent>({
  name: 'reserving',
  from: 'orders',
  initial: 0,
  evolve(state, event) {
    if (event.type === 'StockReceived') return state + event.data.quantity;
    return event.type === 'StockReserved' ? state - event.data.quantity : state;
  },
  keyOf: trigger => trigger.stream,
  streams: trigger => (trigger.type === 'OrderPlaced' ? [product] : []),
  react(states, trigger) {
    if (trigger.type !== 'OrderPlaced') return [];
    const { orderId, items } = trigger.data;
    const quantity = items[0]!.quantity;
    if (quantity === 13) throw new Error('an unlucky order');
    if (quantity === 77)
      return [{ stream: product, events: [{ type: 'StockReserved', data: { productId, orderId, quantity: -1 } }] }];
    if (states.get(product) < quantity)
      return [
        {
          stream: `reservation-${orderId}`,
          events: [{ type: 'StockRefused', data: { orderId, code: 'out-of-stock', items: [] } }],
        },
      ];
    return [{ stream: product, events: [{ type: 'StockReserved', data: { productId, orderId, quantity } }] }];
  },
});

/** A log whose answers can be lost, before or after it did what it was asked. */
class Unsteady {
  loseBefore = 0;
  loseAfter = 0;
  /** Runs once before the next append: what others do meanwhile. */
  meanwhile?: () => Promise<unknown>;
  readonly log: EventLog;

  constructor(readonly inner: MemoryEventLog) {
    this.log = new Proxy(inner as EventLog, {
      get: (target, name, receiver) => {
        if (name === 'append') return (append: Append) => this.append(append);
        const value: unknown = Reflect.get(target, name, receiver);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  private async append(append: Append): Promise<AppendResult> {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    if (this.loseBefore > 0 && this.loseBefore--) throw new LogUnavailableError('down');
    const result = await this.inner.append(append);
    if (this.loseAfter > 0 && this.loseAfter--) throw new LogUnavailableError('the answer was lost');
    return result;
  }
}

function setUp() {
  const orders = new SampleLog('orders');
  const inner = new MemoryEventLog('products');
  const unsteady = new Unsteady(inner);
  const conflicts: string[] = [];
  const newSink = () => {
    const states = new StateStore<number, ProductEvent>(unsteady.log, reserving);
    return new StepSink(reserving, { log: unsteady.log, states, onConflict: stream => void conflicts.push(stream) });
  };
  const place = (...quantities: number[]) =>
    quantities.map(quantity => {
      const orderId = idOf(`order ${orders.events.length}`) as OrderId;
      const items = [{ productId, quantity, unitPrice: 1 }];
      const placedAt = '2026-01-01T00:00:00.000Z';
      return orders.append('OrderPlaced', `order-${orderId}`, {
        orderId,
        userId: idOf('u'),
        items,
        total: quantity,
        currency: 'EUR',
        placedAt,
      });
    });
  let received = 0;
  const receive = async (quantity: number) => {
    const id = idOf(`received ${received++}`);
    const { events } = await inner.load(product, 0);
    const write = {
      stream: product,
      expectedVersion: events.length,
      events: [{ type: 'StockReceived', data: { productId, quantity } }],
    };
    return inner.append({ writes: [write], command: { id }, metadata: { correlationId: id, causationId: id } });
  };
  const batch = (from: number, to = orders.events.length): Batch => ({
    log: 'orders',
    from: { incarnation: orders.incarnation, position: from, eventId: orders.events[from - 1]?.eventId ?? '' },
    events: orders.events.slice(from, to),
  });
  const written = async () =>
    (await inner.read(0, 10_000))
      .filter(({ type }) => type !== 'StockReceived')
      .map(({ type, data }) => [type, (data as { quantity?: number }).quantity]);
  return { orders, inner, unsteady, conflicts, newSink, place, receive, batch, written };
}

describe('step sink', () => {
  it('decides a batch in the order of the log and appends it with its checkpoint', async () => {
    const { newSink, place, receive, batch, written, orders } = setUp();
    await receive(10);
    place(4, 5, 2, 1);
    const sink = newSink();
    const applied = await sink.apply(batch(0));
    expect(applied).toMatchObject({
      kind: 'applied',
      parked: [],
      checkpoint: { position: 4, eventId: orders.events[3]!.eventId },
    });
    expect(await sink.checkpoint('orders')).toMatchObject({ position: 4, incarnation: orders.incarnation });
    expect(new Set((await written()).map(String))).toEqual(
      new Set(
        [
          ['StockReserved', 4],
          ['StockReserved', 5],
          ['StockReserved', 1],
          ['StockRefused', undefined],
        ].map(String),
      ),
    );
  });

  it('a batch given twice writes nothing the second time, also to another process', async () => {
    const { newSink, place, receive, batch, written } = setUp();
    await receive(10);
    place(1, 1);
    const [one, two] = [newSink(), newSink()];
    await Promise.all([one.apply(batch(0)), two.apply(batch(0))]);
    await one.apply(batch(0));
    expect(await two.apply(batch(0, 1))).toMatchObject({ kind: 'moved', checkpoint: { position: 2 } });
    expect(await written()).toHaveLength(2);
  });

  it('what others write meanwhile is taken into account, not overwritten', async () => {
    const { newSink, place, receive, batch, written, unsteady, conflicts } = setUp();
    await receive(6);
    const sink = newSink();
    place(1);
    await sink.apply(batch(0));
    place(5);
    unsteady.meanwhile = () => receive(9);
    await sink.apply(batch(1));
    expect(conflicts).toEqual([product]);
    expect(await written()).toEqual([
      ['StockReserved', 1],
      ['StockReserved', 5],
    ]);
  });

  it('a stream that was taken for new and is not does not conflict for ever', async () => {
    const { newSink, place, batch, inner, orders } = setUp();
    const [event] = place(3);
    const stream = `reservation-${(event!.data as { orderId: string }).orderId}`;
    const refused = { type: 'StockRefused', data: { orderId: idOf('x'), code: 'out-of-stock', items: [] } };
    const id = idOf('before');
    await inner.append({
      writes: [{ stream, expectedVersion: 0, events: [refused] }],
      command: { id },
      metadata: { correlationId: id, causationId: id },
    });
    expect(await newSink().apply(batch(0))).toMatchObject({
      kind: 'applied',
      checkpoint: { position: orders.events.length },
    });
    expect((await inner.load(stream, 0)).events).toHaveLength(2);
  });

  it.each([
    [13, /unlucky/],
    [77, /quantity/],
  ])(
    'a trigger that cannot be handled (%i) is parked with what comes later for its key, in the same append; the rest goes on',
    async (quantity, reason) => {
      const { newSink, place, receive, batch, written, inner, orders } = setUp();
      await receive(100);
      place(1, 2, quantity, 3, 4);
      const again = orders.append('OrderPlaced', orders.events[2]!.stream, orders.events[1]!.data);
      const runner = new Runner({ sink: newSink(), reader: new SampleOwner(orders) }, { headEveryMs: 20 });
      runner.start();
      while (runner.positions().orders?.position !== 6) await sleep(5);
      await runner.stop();
      expect((await written()).map(([, n]) => n)).toEqual([1, 2, 3, 4]);
      const parked = await inner.parkedTriggers('reserving');
      expect(parked.map(({ position, key }) => [position, key])).toEqual([3, 6].map(at => [at, again.stream]));
      expect(parked[0]!.reason).toMatch(reason);
      // A process that starts later remembers.
      orders.append('OrderPlaced', again.stream, orders.events[1]!.data);
      expect(await newSink().apply(batch(6))).toMatchObject({
        parked: [{ position: 7, type: 'OrderPlaced', key: again.stream, reason: expect.stringMatching(/parked/) }],
      });
      expect(await written()).toHaveLength(4);
    },
  );

  it('handles every trigger once, whatever the feed repeats and whichever answers are lost', async () => {
    const { newSink, place, receive, orders, inner, unsteady, written } = setUp();
    await receive(1_000_000);
    const feed = new ScriptedFeed();
    const settings = { headEveryMs: 20, patienceMs: 2, retryMinMs: 1, retryMaxMs: 5 };
    const runners = [feed, new ScriptedFeed()].map(
      from => new Runner({ sink: newSink(), feed: from, reader: new SampleOwner(orders) }, settings),
    );
    for (const runner of runners) runner.start();
    for (let round = 0; round < 30; round++) {
      if (round % 3 === 0) unsteady.loseBefore++;
      if (round % 4 === 0) unsteady.loseAfter++;
      if (round % 5 === 0) unsteady.meanwhile = () => receive(1);
      const events = place(round + 100, round + 200);
      feed.deliver(...[...events].reverse(), ...events);
      await sleep(2);
    }
    unsteady.loseBefore = unsteady.loseAfter = 0;
    for (const runner of runners) while (runner.positions().orders?.position !== 60) await sleep(5);
    await Promise.all(runners.map(runner => runner.stop()));
    const expected = orders.events.map(({ data }) => (data as { items: { quantity: number }[] }).items[0]!.quantity);
    expect((await written()).map(([, quantity]) => quantity)).toEqual(expected);
    expect((await inner.stepState('reserving', 'orders'))?.position).toBe(60);
  });
});
