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
