import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AckPolicy, connect, DeliverPolicy, DiscardPolicy, nkeyAuthenticator, type NatsConnection } from 'nats';
import { encodeEvent, jetStreamOf, type EncodedEvent, type LogHead, type StoredEvent } from '@foldline/contracts';
import type { FeedMessage } from '@foldline/projections';
import { eventually, startOwnNats, type OwnServer } from '@foldline/testing';
import { consumerName, EventPublisher, JetStreamFeed, NatsLink } from '@foldline/transport';
import { Relay, type Leadership, type RelayedLog } from './relay';

jest.setTimeout(90_000);

// Plain CommonJS, shared with npm start.
const { makeNatsKeys, natsConfig } = require('../../../tools/embedded/nats-config.cjs') as {
  makeNatsKeys(): Record<string, { publicKey: string; seed: string }>;
  natsConfig(options: object): string;
};

const incarnation = '0190a1b2-0000-7000-8000-0000000000aa';
const id = (n: number): string => `0190a1b2-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** The few calls of a log that a relay makes, over an array. */
class GrowingLog implements RelayedLog {
  readonly log = 'orders' as const;
  readonly events: StoredEvent[] = [];
  private listeners: ((head: number) => void)[] = [];

  append(count: number, bytes = 0): void {
    for (let i = 0; i < count; i += 1) {
      const position = this.events.length + 1;
      this.events.push({
        log: 'orders',
        incarnation,
        position,
        eventId: id(position),
        stream: `order-${id(1)}`,
        version: position,
        type: 'OrderPlaced',
        schemaVersion: 1,
        data: { n: position, filling: 'x'.repeat(bytes) },
        metadata: { commandId: id(1), correlationId: id(1), causationId: id(1) },
        recordedAt: '2026-01-01T00:00:00.000Z',
      });
    }
    for (const listener of this.listeners) listener(this.events.length);
  }
  async head(): Promise<LogHead> {
    return { incarnation, position: this.events.length, recordedAt: null };
  }
  async readEncoded(after: number, limit: number): Promise<EncodedEvent[]> {
    return this.events.slice(after, after + limit).map(encodeEvent);
  }
  recentlyAppended(after: number, limit: number): EncodedEvent[] {
    return this.events.slice(after, after + limit).map(encodeEvent);
  }
  onAppended(listener: (head: number) => void): () => void {
    this.listeners.push(listener);
    return () => (this.listeners = this.listeners.filter(known => known !== listener));
  }
}

/** Leads from the start until it is stopped. */
function alwaysLeading(): Leadership {
  const over = new AbortController();
  let running: Promise<void> | undefined;
  return {
    held: true,
    start: lead => void (running = lead(over.signal)),
    stop: async () => {
      over.abort();
      await running;
    },
  };
}

let server: OwnServer;
let keys: Record<string, { publicKey: string; seed: string }>;
let links: NatsLink[] = [];
let relays: Relay[] = [];
let stops: (() => Promise<void>)[] = [];

const linkOf = (name: string): NatsLink => {
  const link = new NatsLink({ servers: server.url, seed: keys[name]!.seed, name });
  links.push(link);
  return link;
};
function relayOf(log: GrowingLog, ackTimeoutMs?: number): Relay {
  const link = linkOf('orders');
  const relay = new Relay({
    log,
    publisher: new EventPublisher(link, 'orders', 'orders', undefined, ackTimeoutMs),
    leadership: alwaysLeading(),
    pokes: { send: () => undefined, onPoke: () => () => undefined },
  });
  relays.push(relay);
  relay.start();
  return relay;
}
async function reader(onMessage: (message: FeedMessage) => void, name = 'user-orders-query'): Promise<void> {
  const subscription = await new JetStreamFeed(linkOf(name)).subscribe(
    'orders',
    consumerName(name, 'user-orders', 1),
    onMessage,
  );
  stops.push(() => subscription.stop());
}
/** Positions as they came, acknowledged one by one. */
async function collecting(): Promise<number[]> {
  const positions: number[] = [];
  await reader(message => {
    if (message.kind === 'event') positions.push(message.event.position);
    message.ack();
  });
  return positions;
}
/** The server gives up who takes long to present himself, as on a busy machine, and the client waits for it in vain. */
const admin = (): Promise<NatsConnection> =>
  eventually(
    () =>
      connect({
        servers: server.url,
        authenticator: nkeyAuthenticator(new TextEncoder().encode(keys['orders']!.seed)),
        inboxPrefix: '_INBOX_orders',
        timeout: 4000,
      }),
    { timeout: 40_000 },
  );

beforeEach(async () => {
  keys = makeNatsKeys();
  server = await startOwnNats(at => natsConfig({ ...at, users: keys }));
});
afterEach(async () => {
  await Promise.all(stops.map(stop => stop()));
  await Promise.all(relays.map(relay => relay.stop()));
  await Promise.all(links.map(link => link.stop()));
  [links, relays, stops] = [[], [], []];
  await server.remove();
});

it('what is appended reaches a reader in order, soon', async () => {
  const log = new GrowingLog();
  relayOf(log);
  const positions = await collecting();
  // A reader that comes later begins with what is new.
  await eventually(
    () => {
      log.append(1);
      expect(positions.length).toBeGreaterThan(0);
    },
    { timeout: 30_000, every: 100 },
  );
  const before = log.events.length;
  log.append(2000);
  await eventually(() => expect(positions.at(-1)).toBe(before + 2000));
  expect(positions.slice(-2000)).toEqual(Array.from({ length: 2000 }, (_, i) => before + i + 1));
});

it('waits for a reader who applies slowly, also one that was made with other bounds', async () => {
  const log = new GrowingLog();
  relayOf(log);
  const manager = await (await linkOf('user-orders-query').connection)!.jetstreamManager({ checkAPI: false });
  const before = {
    durable_name: consumerName('user-orders-query', 'user-orders', 1),
    deliver_policy: DeliverPolicy.New,
    ack_policy: AckPolicy.All,
    max_ack_pending: 50_000,
  };
  await eventually(() => manager.consumers.add(jetStreamOf('orders'), before), { timeout: 30_000 });
  const acks: (() => void)[] = [];
  await reader(({ ack }) => void acks.push(ack));
  await eventually(
    () => {
      log.append(1);
      expect(acks.length).toBeGreaterThan(0);
    },
    { timeout: 30_000, every: 100 },
  );
  log.append(9_000);
  await eventually(() => expect(acks.length).toBeGreaterThanOrEqual(6_000), { timeout: 30_000 });
  await pause(500);
  expect(acks).toHaveLength(6_000);
  acks.at(-1)!();
  await eventually(() => expect(acks.length).toBeGreaterThanOrEqual(9_000), { timeout: 30_000 });
});

it('nothing it needs is there at start, and it goes on when the broker comes', async () => {
  const log = new GrowingLog();
  await server.stop();
  relayOf(log);
  const positions = await collecting();
  log.append(5);
  await server.start();
  await eventually(() => expect(relays[0]!.status().position).toBe(5), { timeout: 20_000 });
  await eventually(
    () => {
      log.append(1);
      expect(positions.length).toBeGreaterThan(0);
    },
    { timeout: 40_000, every: 500 },
  );
});

it('a store deleted while the broker was down is made again, and the reader is served again', async () => {
  const log = new GrowingLog();
  relayOf(log);
  const positions = await collecting();
  await eventually(
    () => {
      log.append(1);
      expect(positions.length).toBeGreaterThan(0);
    },
    { timeout: 30_000, every: 300 },
  );
  await server.stop();
  await rm(join(server.dataDir), { recursive: true, force: true });
  await server.start();
  await eventually(
    () => {
      log.append(1);
      expect(positions.at(-1)).toBeGreaterThan(log.events.length - 3);
    },
    { timeout: 40_000, every: 500 },
  );
});

it('messages lost under a consumer that survived do not stop it for good', async () => {
  const log = new GrowingLog();
  relayOf(log);
  const positions = await collecting();
  await eventually(
    () => {
      log.append(20);
      expect(positions.length).toBeGreaterThan(100);
    },
    { timeout: 30_000, every: 100 },
  );
  await relays[0]!.stop();
  relays = [];
  await server.stop();
  await rm(join(server.dataDir, 'jetstream/$G/streams/ORDERS/msgs'), { recursive: true, force: true });
  await server.start();
  relayOf(log);
  await eventually(
    () => {
      log.append(1);
      expect(positions.at(-1)).toBeGreaterThan(log.events.length - 3);
    },
    { timeout: 40_000, every: 500 },
  );
});

// What the server answers differs: older ones refuse, newer ones never answer once a block is full.
it('a store deleted under the running broker is made again, and the reader is served again', async () => {
  const log = new GrowingLog();
  // Three of these pass before the stream is given up.
  relayOf(log, 1500);
  const positions = await collecting();
  await eventually(
    () => {
      log.append(1);
      expect(positions.length).toBeGreaterThan(0);
    },
    { timeout: 30_000, every: 300 },
  );
  await rm(join(server.dataDir, 'jetstream'), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  // More than a block of the stream's file, so that the server has to make another.
  log.append(450, 20_000);
  const broken = log.events.length;
  await eventually(
    () => {
      log.append(1);
      expect(positions.at(-1)).toBeGreaterThan(broken);
      expect(positions.at(-1)).toBeGreaterThan(log.events.length - 10);
    },
    { timeout: 60_000, every: 300 },
  );
});

it('a stream that refuses by its own limits is left alone: it can store', async () => {
  const log = new GrowingLog();
  const relay = relayOf(log);
  await eventually(() => expect(relay.status().position).toBe(0));
  log.append(3);
  await eventually(() => expect(relay.status().position).toBe(3));
  const connection = await admin();
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const { created } = await manager.streams.info('ORDERS');
  // Full, and told to refuse: the server answers as it does when it cannot write.
  await manager.streams.update('ORDERS', { discard: DiscardPolicy.New, max_msgs: 3 });
  log.append(1);
  await eventually(() => expect(relay.status().retries).toBeGreaterThan(4), { timeout: 20_000 });
  const after = await manager.streams.info('ORDERS');
  expect([after.created, after.state.messages]).toEqual([created, 3]);
  await manager.streams.update('ORDERS', { discard: DiscardPolicy.Old, max_msgs: -1 });
  await eventually(() => expect(relay.status().position).toBe(4));
  await connection.close();
});

it('a relay that starts again goes on after what the stream holds', async () => {
  const log = new GrowingLog();
  const first = relayOf(log);
  await eventually(() => expect(first.status().position).toBe(0));
  log.append(10);
  await eventually(() => expect(first.status().position).toBe(10));
  await first.stop();
  relays = [];
  log.append(5);
  const second = relayOf(log);
  await eventually(() => expect(second.status()).toMatchObject({ position: 15, published: 5 }));
});

it('two leaders at once publish the same messages, stored once', async () => {
  const log = new GrowingLog();
  const [a, b] = [relayOf(log), relayOf(log)];
  await eventually(() => expect([a.status().position, b.status().position]).toEqual([0, 0]));
  log.append(300);
  await eventually(() => expect([a.status().position, b.status().position]).toEqual([300, 300]));
  const connection = await admin();
  const { state } = await (await connection.jetstreamManager({ checkAPI: false })).streams.info('ORDERS');
  expect(state.messages).toBe(300);
  await connection.close();
});

it('bytes that are no event are reported, not believed', async () => {
  const log = new GrowingLog();
  relayOf(log);
  const reasons: string[] = [];
  await reader(message => {
    if (message.kind === 'unreadable') reasons.push(message.reason);
    message.ack();
  });
  const connection = await admin();
  await eventually(
    () => {
      for (const bytes of ['', 'not json', '{}', '[1]', '{"specversion":"1.0","type":"shop.users.UserSignedUp.v1"}'])
        connection.publish('shop.orders.OrderPlaced', bytes);
      expect(new Set(reasons).size).toBeGreaterThanOrEqual(4);
    },
    { timeout: 30_000, every: 300 },
  );
  await connection.close();
});
