import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import type { EncodedEvent, LogHead } from '@foldline/contracts';
import { eventually } from '@foldline/testing';
import { Relay, type Leadership, type RelayPublisher } from './relay';

const INCARNATION = '0190a1b2-0000-7000-8000-0000000000aa';

/** Numbers choose which of two relays it happens to. */
type Happening =
  | { readonly kind: 'wiped' }
  | { readonly kind: 'append'; readonly relay: number; readonly count: number }
  | {
      readonly kind: 'refused' | 'answer-lost' | 'half-published' | 'killed' | 'leads' | 'loses';
      readonly relay: number;
    };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      relay: fc.integer({ min: 0, max: 1 }),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'wiped' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['refused', 'answer-lost', 'half-published', 'killed', 'leads', 'loses', 'leads'] as const),
      ),
      relay: fc.integer({ min: 0, max: 1 }),
    }),
  },
);

const eventAt = (position: number): EncodedEvent => ({
  log: 'orders',
  incarnation: INCARNATION,
  position,
  type: 'OrderPlaced',
  text: '{}',
});

/** Leadership as the test gives and takes it. */
class Given implements Leadership {
  held = false;
  private lead: ((signal: AbortSignal) => Promise<void>) | undefined;
  private over = new AbortController();
  private running: Promise<void> = Promise.resolve();

  start(lead: (signal: AbortSignal) => Promise<void>): void {
    this.lead = lead;
  }
  give(): void {
    if (this.held || !this.lead) return;
    this.held = true;
    this.over = new AbortController();
    const { signal } = this.over;
    const before = this.running;
    this.running = before.then(() => this.lead!(signal));
  }
  async stop(): Promise<void> {
    this.held = false;
    this.over.abort();
    await this.running;
  }
}

function subscribed<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

class World {
  appended = 0;
  /** What the broker holds, by position, since it was wiped last. */
  stream: number[] = [];
  readonly everPublished = new Set<number>();
  /** Up to here readers may have to ask the owner: the stream was empty, and of two leaders one stood further than the other. */
  emptyAt = 0;
  readonly met = { refused: 0, lost: 0, half: 0, recent: 0 };
  private readonly next: ('refused' | 'answer-lost' | 'half-published')[][] = [[], []];
  private readonly listeners = [new Set<(head: number) => void>(), new Set<(head: number) => void>()];
  private readonly pokes = [new Set<() => void>(), new Set<() => void>()];
  /** Which process appended what. */
  private readonly own = [new Set<number>(), new Set<number>()];
  private readonly leaders = [new Given(), new Given()];
  private readonly relays = this.leaders.map((leader, i) => this.startRelay(leader, i));

  async happens(event: Happening): Promise<void> {
    switch (event.kind) {
      case 'append':
        for (let i = 0; i < event.count; i += 1) this.own[event.relay]!.add((this.appended += 1));
        for (const listener of this.listeners[event.relay]!) listener(this.appended);
        break;
      case 'wiped':
        this.stream = [];
        this.emptyAt = this.appended;
        break;
      case 'leads':
        this.leaders[event.relay]!.give();
        break;
      case 'loses':
        void this.leaders[event.relay]!.stop();
        break;
      case 'killed':
        void this.relays[event.relay]!.stop();
        this.own[event.relay]!.clear();
        this.leaders[event.relay] = new Given();
        this.relays[event.relay] = this.startRelay(this.leaders[event.relay]!, event.relay);
        break;
      case 'refused':
      case 'answer-lost':
      case 'half-published':
        this.next[event.relay]!.push(event.kind);
    }
    for (let i = 0; i < 3; i += 1) await turn();
  }

  /** One leader, nothing broken, one more event: it must arrive. */
  async heal(): Promise<void> {
    for (const plan of this.next) plan.length = 0;
    await this.leaders[1]!.stop();
    this.leaders[0]!.give();
    // A leader that begins on an empty stream begins at its head, so it must have begun.
    await eventually(() => expect(this.relays[0]!.status().position).not.toBeNull(), { timeout: 5000 });
    await this.happens({ kind: 'append', relay: 1, count: 1 });
    await this.happens({ kind: 'append', relay: 0, count: 1 });
    await eventually(() => expect(this.stream).toContain(this.appended), { timeout: 5000 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map(relay => relay.stop()));
  }

  private startRelay(leadership: Given, i: number): Relay {
    const publisher: RelayPublisher = {
      prepare: () => Promise.resolve(),
      lastMessageId: async () => {
        if (this.stream.length > 0) return `${INCARNATION}:${this.stream.at(-1)}`;
        this.emptyAt = this.appended;
        return undefined;
      },
      publish: async events => {
        await turn();
        const plan = this.next[i]!.shift();
        if (plan === 'refused') {
          this.met.refused += 1;
          throw new Error('the broker refused');
        }
        const taken = plan === 'half-published' ? events.slice(0, Math.ceil(events.length / 2)) : events;
        for (const { position } of taken) this.take(position);
        if (plan === undefined) return { oversize: [] } as never;
        this.met[plan === 'answer-lost' ? 'lost' : 'half'] += 1;
        throw new Error('no answer');
      },
    };
    const log = {
      log: 'orders' as const,
      head: async (): Promise<LogHead> => ({ incarnation: INCARNATION, position: this.appended, recordedAt: null }),
      readEncoded: async (after: number, limit: number) => {
        await turn();
        const count = Math.max(0, Math.min(limit, this.appended - after));
        return Array.from({ length: count }, (_, at) => eventAt(after + 1 + at));
      },
      recentlyAppended: (after: number, limit: number) => {
        const events: EncodedEvent[] = [];
        while (events.length < limit && this.own[i]!.has(after + 1 + events.length))
          events.push(eventAt(after + 1 + events.length));
        this.met.recent += events.length;
        return events;
      },
      onAppended: (listener: (head: number) => void) => subscribed(this.listeners[i]!, listener),
    };
    const pokes = {
      // Some are lost.
      send: () => {
        if (this.appended % 3 > 0) for (const listener of this.pokes[1 - i]!) listener();
      },
      onPoke: (listener: () => void) => subscribed(this.pokes[i]!, listener),
    };
    const relay = new Relay({ log, publisher, leadership, pokes });
    relay.start();
    return relay;
  }

  /** As JetStream: a message id that it holds is dropped. */
  private take(position: number): void {
    if (position > this.appended) throw new Error(`position ${position} does not exist`);
    this.everPublished.add(position);
    if (!this.stream.includes(position)) this.stream.push(position);
  }
}

it('whatever happens to broker and leaders, what was appended since the stream was empty has no hole in it, and the next event arrives', async () => {
  const met = { refused: 0, lost: 0, half: 0, recent: 0 };
  const stories = fc.array(fc.array(happening, { minLength: 5, maxLength: 25 }), { minLength: 40, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(stories, async many => {
      // Side by side, since a relay waits a quarter of a second after each failure.
      await Promise.all(
        many.map(async story => {
          const world = new World();
          world.happens({ kind: 'leads', relay: 0 }).catch(() => undefined);
          for (const next of story) await world.happens(next);
          await world.heal();
          const held = world.stream.filter(position => position > world.emptyAt).sort((a, b) => a - b);
          expect(held).toEqual(held.map((_, i) => held[0]! + i));
          await world.stop();
          for (const key of ['refused', 'lost', 'half', 'recent'] as const) met[key] += world.met[key];
        }),
      );
    }),
    { numRuns: 5, interruptAfterTimeLimit: 55_000, markInterruptAsFailure: true },
  );
  // The run counts only if its faults were met.
  for (const count of Object.values(met)) expect(count).toBeGreaterThan(0);
}, 60_000);
