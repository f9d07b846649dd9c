/**
 * `npm run bench -- cluster`: a log published to a broker of three nodes, in one copy, in three, and in three while the stream's
 * leader is killed; counted at a reader.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeEvent, type EncodedEvent } from '@foldline/contracts';
import { DEFAULT_STREAM, EventPublisher, JetStreamFeed, NatsLink } from '@foldline/transport';
import { machine, versionSaid } from './core/machine';
import { numberOf } from './core/options';
import { natsBinary, natsNodes, type Server } from './core/own-servers';
import { ownFolder } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { figure } from './core/table';

const NODES = ['n1', 'n2', 'n3'];
const PAGE = 500;
const RETRY_MS = 100;
const LONGEST_WAIT_MS = 60_000;
const CASES = [
  { name: 'one copy', replicas: 1, kill: false },
  { name: 'three copies', replicas: 3, kill: false },
  { name: 'three copies, the leader killed meanwhile', replicas: 3, kill: true },
] as const;

interface Found {
  readonly name: string;
  readonly perSecond: number;
  /** Longest time without an acknowledged page. */
  readonly longestPauseMs: number;
  readonly received: number;
  /** Pages sent again. */
  readonly retries: number;
}

const INCARNATION = randomUUID();
function event(position: number): EncodedEvent {
  const [id, orderId] = [randomUUID(), randomUUID()];
  const line = { productId: randomUUID(), quantity: 1, unitPrice: 1999 };
  return encodeEvent({
    log: 'orders',
    incarnation: INCARNATION,
    position,
    eventId: id,
    stream: `order-${orderId}`,
    version: 1,
    type: 'OrderPlaced',
    schemaVersion: 1,
    data: {
      orderId,
      userId: randomUUID(),
      items: [line],
      total: 1999,
      currency: 'EUR',
      placedAt: '2026-01-01T00:00:00.000Z',
    },
    metadata: { commandId: id, correlationId: id, causationId: id },
    recordedAt: '2026-01-01T00:00:00.000Z',
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + LONGEST_WAIT_MS; performance.now() < end; await pause(RETRY_MS)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not happen within ${LONGEST_WAIT_MS / 1000} s`);
}

async function run(
  servers: ReadonlyMap<string, Server>,
  { name, replicas, kill }: (typeof CASES)[number],
  events: number,
): Promise<Found> {
  const urls = [...servers.values()].map(({ url }) => url).join();
  const link = new NatsLink({ servers: urls, name: 'bench' });
  const manager = await (await link.connection).jetstreamManager({ checkAPI: false });
  await manager.streams.delete('ORDERS').catch(() => undefined);
  const publisher = new EventPublisher(link, 'bench', 'orders', { ...DEFAULT_STREAM, replicas });
  await until('the stream', async () => publisher.prepare().then(() => true));
  const received = new Set<number>();
  const subscription = await new JetStreamFeed(link).subscribe('orders', 'bench', message => {
    if (message.kind === 'event') received.add(message.event.position);
    message.ack();
  });
  await until('the consumer', () => manager.consumers.info('ORDERS', 'bench'));
  let [retries, longestPauseMs] = [0, 0];
  const from = performance.now();
  for (let next = 1, last = from; next <= events;) {
    if (kill && next > events / 2 && servers.size > 2) {
      const { cluster } = await manager.streams.info('ORDERS');
      const leader = servers.get(cluster!.leader!)!;
      (servers as Map<string, Server>).delete(cluster!.leader!);
      process.kill(leader.pid, 'SIGKILL');
    }
    const page = Array.from({ length: Math.min(PAGE, events - next + 1) }, (_, i) => event(next + i));
    // As the relay does: again until it is acknowledged.
    while (!(await publisher.publish(page).catch(() => undefined))) {
      retries += 1;
      await pause(RETRY_MS);
    }
    next += page.length;
    const now = performance.now();
    [longestPauseMs, last] = [Math.max(longestPauseMs, now - last), now];
  }
  const perSecond = (events * 1000) / (performance.now() - from);
  // What is missing in the end a runner would ask the log's owner for.
  for (const end = performance.now() + 10_000; received.size < events && performance.now() < end;) await pause(20);
  await subscription.stop();
  await link.stop();
  return { name, perSecond, longestPauseMs, received: received.size, retries };
}

/** `--events` (20k) in each case. */
export async function clusterBench(args: readonly string[]): Promise<void> {
  const events = numberOf(args, 'events', 20_000);
  const folder = await ownFolder('cluster');
  const progress = new Progress(10_000 + CASES.length * 8_000);
  progress.step('starting three nodes', 10_000);
  const servers = await natsNodes(folder, NODES);
  const all = [...servers.values()];
  try {
    const found: Found[] = [];
    for (const which of CASES) {
      progress.step(which.name, 8_000);
      found.push(await run(servers, which, events));
    }
    report(
      {
        name: 'cluster',
        command: 'npm run bench -- cluster',
        machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
        table: {
          head: ['three nodes', 'events/s published', 'longest pause ms', 'pages sent again', 'received of published'],
          rows: found.map(({ name, perSecond, longestPauseMs, retries, received }) => [
            name,
            figure(perSecond),
            figure(longestPauseMs),
            String(retries),
            `${received} of ${events}`,
          ]),
        },
        notes: [
          "Published by the relay's publisher, a page of 500 at a time, again until acknowledged; all three nodes on one machine and one disk.",
        ],
        results: found,
        pages: ['docs/scale.md'],
      },
      args,
    );
  } finally {
    await Promise.all(all.map(server => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}
