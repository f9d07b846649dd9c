import { eventually } from '@foldline/testing';
import { Relay, type Leadership, type RelayPublisher } from './relay';

/** Leads from the start until it is stopped. */
class Alone implements Leadership {
  held = true;
  private readonly over = new AbortController();
  private running: Promise<void> | undefined;
  start(lead: (signal: AbortSignal) => Promise<void>): void {
    this.running = lead(this.over.signal);
  }
  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
  }
}

const never = new Promise<never>(() => undefined);
const log = {
  log: 'users' as const,
  head: () => Promise.resolve({ incarnation: '0190a1b2-0000-7000-8000-0000000000aa', position: 0, recordedAt: null }),
  readEncoded: () => Promise.resolve([]),
  recentlyAppended: () => [],
  onAppended: () => () => undefined,
};
const pokes = { send: () => undefined, onPoke: () => () => undefined };

it('stops at once, and without a word of trouble, where the broker was never reached', async () => {
  let asked = 0;
  const troubles: string[] = [];
  const prepare = (): Promise<never> => {
    asked += 1;
    return never;
  };
  const publisher: RelayPublisher = { prepare, lastMessageId: () => never, publish: () => never };
  const onTrouble = ({ reason }: { reason: string }): void => void troubles.push(reason);
  const relay = new Relay({ log, pokes, publisher, leadership: new Alone(), onTrouble });
  relay.start();
  await eventually(() => expect(asked).toBe(1));
  await relay.stop();
  expect([asked, troubles]).toEqual([1, []]);
});

it('reads once for an event, and again only where more was appended meanwhile', async () => {
  const incarnation = '0190a1b2-0000-7000-8000-0000000000aa';
  let [position, reads, told] = [0, 0, (_: number): void => undefined];
  const published: number[] = [];
  const append = (count: number): void => told((position += count));
  const growing = {
    ...log,
    readEncoded: (after: number) => {
      reads += 1;
      const of = (n: number) => ({
        log: 'users' as const,
        incarnation,
        position: n,
        type: 'UserRegistered',
        text: '{}',
      });
      return Promise.resolve(Array.from({ length: position - after }, (_, i) => of(after + 1 + i)));
    },
    onAppended: (listener: (head: number) => void) => {
      told = listener;
      return () => undefined;
    },
  };
  const publisher: RelayPublisher = {
    prepare: () => Promise.resolve(),
    lastMessageId: () => Promise.resolve(undefined),
    publish: events => {
      published.push(...events.map(event => event.position));
      if (published.length === 2) append(2);
      return Promise.resolve({ oversize: [] } as never);
    },
  };
  const relay = new Relay({ log: growing, pokes, publisher, leadership: new Alone() });
  relay.start();
  await eventually(() => expect(reads).toBe(1));
  append(1);
  await eventually(() => expect(published).toEqual([1]));
  expect(reads).toBe(2);
  append(1);
  await eventually(() => expect(published).toEqual([1, 2, 3, 4]));
  expect(reads).toBe(4);
  await relay.stop();
});
