import fc from 'fast-check';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { idOf, RecordingSink, SampleLog, SampleOwner, ScriptedFeed } from '../testing';
import { Runner } from './runner';

const LOGS = ['products', 'orders'] as const;
type Log = (typeof LOGS)[number];

/** What may happen to a runner, its feed, its owner and its store; numbers choose among the events appended so far. */
type Fault =
  | { readonly kind: 'append'; readonly log: Log; readonly count: number; readonly delivered: readonly boolean[] }
  | {
      readonly kind: 'deliver-again' | 'corrupt' | 'other-incarnation' | 'fork' | 'stray' | 'beyond-head';
      readonly log: Log;
      readonly at: number;
    }
  | { readonly kind: 'owner-down' | 'owner-up' | 'store-fails' | 'commit-answer-lost' | 'restart' | 'turn' };

const log = fc.constantFrom(...LOGS);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fault>({ kind: 'turn' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      log,
      count: fc.integer({ min: 1, max: 5 }),
      delivered: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'deliver-again' as const,
        'corrupt' as const,
        'other-incarnation' as const,
        'fork' as const,
        'stray' as const,
        'beyond-head' as const,
      ),
      log,
      at: fc.nat(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'owner-down' as const,
        'owner-up' as const,
        'store-fails' as const,
        'commit-answer-lost' as const,
        'restart' as const,
      ),
    }),
  },
);

class World {
  readonly logs = { products: new SampleLog('products'), orders: new SampleLog('orders') };
  readonly owner = new SampleOwner(this.logs.products, this.logs.orders);
  readonly feed = new ScriptedFeed();
  readonly sink = new RecordingSink(LOGS);
  runner = this.startRunner();

  startRunner(): Runner {
    const settings = {
      headEveryMs: 8,
      patienceMs: 1,
      retryMinMs: 1,
      retryMaxMs: 4,
      held: 16,
      maxBatch: 4,
      pageSize: 3,
    };
    const runner = new Runner({ sink: this.sink, feed: this.feed, reader: this.owner }, settings);
    runner.start();
    return runner;
  }

  async happens(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'append':
        for (let i = 0; i < fault.count; i++) {
          const event = this.logs[fault.log].append('StockReceived', 'product-x', {});
          if (fault.delivered[i]) this.feed.deliver(event);
        }
        return;
      case 'owner-down':
      case 'owner-up':
        this.owner.down = fault.kind === 'owner-down';
        return;
      case 'store-fails':
        this.sink.failBefore++;
        return;
      case 'commit-answer-lost':
        this.sink.failAfter++;
        return;
      case 'restart':
        await this.runner.stop();
        this.runner = this.startRunner();
        return;
      case 'turn':
        for (let i = 0; i < 12; i++) await turn();
        return;
      case 'corrupt':
        return this.feed.corrupt(fault.log);
      case 'deliver-again':
      case 'other-incarnation':
      case 'fork':
      case 'stray':
      case 'beyond-head': {
        const { events } = this.logs[fault.log];
        const event = events[fault.at % Math.max(1, events.length)];
        if (!event) return;
        const forged = idOf(`forged ${fault.at}`);
        if (fault.kind === 'deliver-again') this.feed.deliver(event);
        else if (fault.kind === 'other-incarnation') this.feed.deliver({ ...event, incarnation: forged });
        else if (fault.kind === 'stray')
          this.feed.deliver({ ...event, position: events.length + 1, eventId: forged, previousId: forged });
        // Only contested positions: whoever may publish as the owner, and knows its last event, can make up the next one;
        // the head check halts on it.
        else if (fault.kind === 'fork') this.feed.deliver(event, { ...event, eventId: forged });
        else this.feed.deliver({ ...event, position: events.length + 500 + (fault.at % 9), eventId: forged });
      }
    }
  }

  async heal(): Promise<void> {
    this.owner.down = false;
    this.sink.failBefore = 0;
    this.sink.failAfter = 0;
    const level = () =>
      LOGS.every(name => (this.sink.checkpoints.get(name)?.position ?? 0) === this.logs[name].events.length);
    for (const until = Date.now() + 3000; !level() && Date.now() < until;) await sleep(1);
    await this.runner.stop();
  }
}

/** Most stories begin with a runner that has found its logs. */
const turns: readonly Fault[] = [{ kind: 'turn' }];

describe('whatever happens to feed, owner, store and runner', () => {
  it('after the last fault every event is applied exactly once and in the order of its log', async () => {
    const seen = { refused: 0, refilled: 0, duplicates: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 5, maxLength: 40 }), async faults => {
        const world = new World();
        for (const next of [...turns, ...faults]) await world.happens(next);
        await world.heal();
        const states = world.runner.status().logs;
        for (const name of LOGS)
          expect(world.sink.applied.filter(event => event.log === name)).toEqual(world.logs[name].events);
        for (const lane of states)
          for (const key of ['refused', 'refilled', 'duplicates'] as const) seen[key] += lane[key];
      }),
      // A counterexample takes seconds each time it is made smaller; what was found by then is told.
      { numRuns: 150, interruptAfterTimeLimit: 55_000, markInterruptAsFailure: true },
    );
    // The run counts only if its faults were met.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  }, 60_000);
});
