/** What JetStream may do to its messages: lose, repeat, reorder, be wiped, be gone (rows 28-31, 35, 37-40). */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JetStreamManager, NatsConnection } from 'nats';
import { withDatabase } from '../model/log-events';
import type { ChaosStack } from '../stack/chaos-stack';
import { STREAMS, withBroker } from '../stack/broker-session';
import type { Effect, Fault, FaultScene } from './fault';

export const streamFolders = (storeDir: string): string[] => {
  const root = join(storeDir, 'jetstream');
  const accounts = existsSync(root) ? readdirSync(root) : [];
  return accounts.flatMap(account => STREAMS.map(stream => join(root, account, 'streams', stream))).filter(existsSync);
};

const MOST_TRIES = 200;

/** Also under a server that goes on writing there: what it adds meanwhile is removed with the next try. */
function remove(path: string): void {
  for (let tries = 1; ; tries += 1)
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries >= MOST_TRIES) throw error;
    }
}

export async function down(stack: ChaosStack, ms: number, meanwhile: () => void = () => undefined): Promise<void> {
  stack.nats.kill('SIGKILL');
  await stack.nats.stop();
  meanwhile();
  await pause(ms);
  await stack.nats.start();
}

const killed: Fault = {
  row: 28,
  name: 'NATS killed',
  async inject({ stack, random }) {
    for (let times = 0; times < 3; times += 1) await down(stack, random.between(200, 3000));
    return { count: 3, note: 'three times', brokerDown: true };
  },
};

const deleted: Fault = {
  row: 29,
  name: 'JetStream store deleted, running and stopped',
  async inject({ stack }) {
    const folders = streamFolders(stack.nats.dataDir).length;
    remove(join(stack.nats.dataDir, 'jetstream'));
    await pause(4000);
    await down(stack, 500, () => remove(stack.nats.dataDir));
    return { count: folders, note: `${folders} streams`, brokerDown: true };
  },
};

const stale: Fault = {
  row: 30,
  name: 'messages gone, consumers kept',
  async inject({ stack }) {
    let count = 0;
    await down(stack, 300, () => {
      for (const folder of streamFolders(stack.nats.dataDir)) {
        if (!existsSync(join(folder, 'msgs')) || !existsSync(join(folder, 'obs'))) continue;
        remove(join(folder, 'msgs'));
        count += 1;
      }
    });
    return { count, note: `${count} streams with older consumers`, brokerDown: true };
  },
};

const purged: Fault = {
  row: 31,
  name: 'streams purged, consumers and streams deleted',
  inject: ({ stack, random }) =>
    withBroker(stack, async (_, manager) => {
      let count = 0;
      for (const stream of STREAMS) {
        const what = random.of(['purge', 'consumers', 'stream'] as const);
        if (what === 'purge') count += (await manager.streams.purge(stream)).success ? 1 : 0;
        else if (what === 'stream') count += (await manager.streams.delete(stream)) ? 1 : 0;
        else
          for (const { name } of await manager.consumers.list(stream).next())
            count += (await manager.consumers.delete(stream, name)) ? 1 : 0;
        await pause(1500);
      }
      return { count, note: `${count} streams and consumers` };
    }),
};

const stopped: Fault = {
  row: 35,
  name: 'NATS stopped for a while',
  async inject({ stack }) {
    stack.nats.kill('SIGSTOP');
    await pause(15_000);
    stack.nats.kill('SIGCONT');
    return { count: 1, note: '15 s', brokerDown: true };
  },
};

/**
 * While the read side is cut off, a third of what waits for them is taken out of the streams; half of that comes again at the
 * end, so late and out of order, and a part of the rest comes twice.
 */
export const disordered: Fault = {
  row: 37,
  name: 'messages dropped, repeated and reordered',
  inject: scene => withBroker(scene.stack, (connection, manager) => disorder(scene, connection, manager)),
};

async function disorder(
  { stack, random }: FaultScene,
  connection: NatsConnection,
  manager: JetStreamManager,
): Promise<Effect> {
  const counts = { dropped: 0, late: 0, twice: 0 };
  for (let round = 0; round < 4; round += 1) {
    const link = stack.toNats.get('user-orders-query')!;
    link.refuse();
    const before = new Map<string, number>();
    for (const stream of STREAMS) before.set(stream, (await manager.streams.info(stream)).state.last_seq);
    await pause(1500);
    for (const stream of STREAMS) {
      const { last_seq } = (await manager.streams.info(stream)).state;
      for (let seq = before.get(stream)! + 1; seq <= last_seq; seq += 1) {
        const chance = random.next();
        if (chance > 0.6) continue;
        const message = await manager.streams.getMessage(stream, { seq }).catch(() => undefined);
        if (!message) continue;
        if (chance < 0.3) {
          await manager.streams.deleteMessage(stream, seq);
          counts.dropped += 1;
          if (chance > 0.15) continue;
          counts.late += 1;
        } else counts.twice += 1;
        connection.publish(message.subject, message.data);
      }
    }
    await connection.flush();
    link.heal();
    await pause(1500);
  }
  const { dropped, late, twice } = counts;
  const count = Math.min(dropped, late, twice);
  return { count, note: `${dropped} dropped, ${late} of them came late, ${twice} came twice` };
}

/** Bytes that are no event, and events that are not the log's, sent with an owner's rights. */
const forged: Fault = {
  row: 39,
  name: 'corrupt and forged messages',
  inject: ({ stack, random, tap }) =>
    withBroker(stack, async (connection, manager) => {
      // What is heard from here on proves nothing about the log.
      tap.deafFor(30_000);
      const { last_seq } = (await manager.streams.info('ORDERS')).state;
      const real = await manager.streams.getMessage('ORDERS', { seq: last_seq });
      const event = real.json<Record<string, unknown>>();
      const send = (bytes: string | Uint8Array, subject = real.subject): void => connection.publish(subject, bytes);
      const forge = (changes: Record<string, unknown>): void => send(JSON.stringify({ ...event, ...changes }));
      const position = Number(event.position);
      const id = '00000000-0000-4000-8000-00000000dead';
      let count = 0;
      for (let round = 0; round < 5; round += 1) {
        send('');
        send('not JSON');
        send(JSON.stringify(event).slice(0, 100));
        const flipped = Buffer.from(real.data);
        flipped[random.below(flipped.length)]! ^= 1 << random.below(8);
        send(flipped);
        // Far beyond the head and long ago: whoever may publish as the owner can make up its very next event, and the
        // readers halt on that at the next look at the head.
        forge({ position: position + 1_000_000, id });
        forge({ position: Math.max(1, position - random.between(1, 50)), id });
        forge({ log: id });
        forge({ position: -1 });
        send(JSON.stringify(event), 'shop.products.ProductListed');
        count += 9;
        await pause(500);
      }
      await connection.flush();
      return { count, note: `${count} messages` };
    }),
};

/** The next event's message id is taken by junk, so that the stream drops the event as a repeat. */
const poisonedDedupe: Fault = {
  row: 40,
  name: 'message ids taken by junk',
  inject: ({ stack, tap }) =>
    withBroker(stack, async connection => {
      tap.deafFor(5000);
      const jetstream = connection.jetstream({ timeout: 3000 });
      const [{ incarnation, position }] = (await withDatabase(stack, 'orders', sql =>
        sql<{ incarnation: string; position: number }>('select incarnation, position::int from log.log_head'),
      )) as [{ incarnation: string; position: number }];
      let count = 0;
      for (let next = position + 20; next < position + 60; next += 1) {
        const ack = await jetstream.publish('shop.orders.OrderPlaced', 'junk', { msgID: `${incarnation}:${next}` });
        if (!ack.duplicate) count += 1;
      }
      return { count, note: `${count} ids of events to come` };
    }),
};

/**
 * After the last call of a run: what was written last never reaches the read side, and nothing comes after it that could show
 * the hole. Only who asks for the head of the log can find it.
 */
export async function loseTail(stack: ChaosStack, write: () => Promise<unknown>): Promise<void> {
  const link = stack.toNats.get('user-orders-query')!;
  link.refuse();
  await pause(300);
  await write();
  await pause(700);
  await withBroker(stack, async (_, manager) => {
    for (const stream of STREAMS) await manager.streams.purge(stream);
  });
  link.heal();
}

export const brokerFaults = [killed, deleted, stale, purged, stopped, disordered, forged, poisonedDedupe];
