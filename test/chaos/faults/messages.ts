/** What happens to stored messages: bits flip, bytes are cut, old ones are let go, some are too large (rows 33, 38, 42, 43). */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { outcomeOf } from '../load/history';
import { withDatabase } from '../model/log-events';
import { refusals } from '../model/set-aside';
import { standingOf } from '../model/standing';
import { USER_ORDERS } from '../model/stored-rows';
import type { ChaosStack } from '../stack/chaos-stack';
import { STREAMS, withBroker } from '../stack/broker-session';
import { down, streamFolders } from './broker';
import type { Fault } from './fault';

const readable = (stack: ChaosStack): Promise<number> =>
  withBroker(stack, async (_, manager) => {
    let count = 0;
    for (const stream of STREAMS)
      count += (await manager.streams.info(stream).catch(() => undefined))?.state.messages ?? 0;
    return count;
  });

const flipped: Fault = {
  row: 33,
  name: 'bits of stored messages flipped',
  async inject({ stack, random }) {
    const before = await readable(stack);
    let flips = 0;
    await down(stack, 300, () => {
      for (const folder of streamFolders(stack.nats.dataDir))
        for (const name of readdirSync(join(folder, 'msgs')).filter(file => file.endsWith('.blk'))) {
          const file = join(folder, 'msgs', name);
          const bytes = readFileSync(file);
          for (let at = random.below(2000); at < bytes.length; at += 10_000, flips += 1)
            bytes[at]! ^= 1 << random.below(8);
          writeFileSync(file, bytes);
        }
    });
    await pause(2000);
    const lost = before - (await readable(stack));
    return { count: flips, note: `${flips} bits; ${lost} messages fewer than before`, brokerDown: true };
  },
};

const garbage: Fault = {
  row: 38,
  name: 'bytes that are no event',
  inject: ({ stack, random, tap }) =>
    withBroker(stack, async (connection, manager) => {
      tap.deafFor(10_000);
      const before = await refusals(stack);
      let sent = 0;
      for (const stream of STREAMS) {
        const { last_seq, messages } = (await manager.streams.info(stream)).state;
        if (messages === 0) continue;
        const { subject, data } = await manager.streams.getMessage(stream, { seq: last_seq });
        const text = Buffer.from(data).toString('utf8');
        const wrong = ['', 'null', '[]', '{}', text.slice(0, random.between(1, text.length - 1)), `${text}${text}`];
        for (const bytes of [...wrong, Buffer.from([0xff, 0xfe, 0x00]), JSON.stringify([JSON.parse(text)])]) {
          connection.publish(subject, bytes);
          sent += 1;
        }
      }
      await connection.flush();
      const noted = await eventually(
        async () => {
          const count = (await refusals(stack)) - before;
          if (count === 0) throw new Error('nothing was refused');
          return count;
        },
        { timeout: 10_000, every: 200 },
      ).catch(() => 0);
      return { count: noted, note: `${sent} messages; ${noted} refusals were noted` };
    }),
};

const evicted: Fault = {
  row: 42,
  name: 'messages let go before they were read',
  inject: ({ stack }) =>
    withBroker(stack, async (_, manager) => {
      const link = stack.toNats.get('user-orders-query')!;
      link.refuse();
      const limits = new Map<string, number>();
      let count = 0;
      for (const stream of STREAMS) {
        const { config, state } = await manager.streams.info(stream);
        limits.set(stream, config.max_msgs);
        await manager.streams.update(stream, { max_msgs: 3 });
        await pause(1500);
        count += (await manager.streams.info(stream)).state.first_seq - state.first_seq;
      }
      await pause(1000);
      link.heal();
      await pause(2000);
      for (const [stream, max_msgs] of limits) await manager.streams.update(stream, { max_msgs });
      return { count, note: `${count} messages` };
    }),
};

const APPEND = 'select * from log.append($1, $2, null, null, null)';

/**
 * Of an event that has room in a message of the broker (1 MiB), but not with the headers that the relay gives it: readers have to
 * ask the owner for it.
 */
const PAD = 1_048_576 - 1_100;

/** One that the relay cannot publish must neither be taken by a command nor, where an old log holds it, stall what comes after. */
const oversize: Fault = {
  row: 43,
  name: 'events too large for the broker',
  // Of a type that no rebuild can fold.
  rulesOut: [48],
  async inject({ stack, crowd, strange }) {
    const refused = await crowd.admin.call({
      operation: 'list',
      method: 'POST',
      route: '/products',
      body: { title: 'Large', description: 'x'.repeat(900_000), image: '/images/enamel-mug.svg' },
    });
    const { verdict, status } = outcomeOf(refused);
    const orderId = randomUUID();
    const stream = `order-${orderId}`;
    strange.add(stream);
    const id = randomUUID();
    const event = { n: 0, stream, version: 1, type: 'OrderInflated', schema: 1, id, bytes: PAD + 700 };
    const metadata = { commandId: id, correlationId: id, causationId: id };
    const position = await withDatabase(stack, 'orders', async sql => {
      await sql(APPEND, [
        JSON.stringify([{ n: 0, stream, expected: 0 }]),
        JSON.stringify([{ ...event, metadata, data: { orderId, pad: 'y'.repeat(PAD) } }]),
      ]);
      return (await sql<{ position: number }>('select position::int from log.events where event_id = $1', [id]))[0]!
        .position;
    });
    const passed = await eventually(
      async () => {
        const standing = await standingOf(stack, USER_ORDERS);
        if (standing.some(({ positions }) => (positions.orders ?? 0) <= position)) throw new Error('it is not passed');
        return 1;
      },
      { timeout: 20_000, every: 200 },
    ).catch(() => 0);
    const isRefused = verdict === 'fail' && (status === 413 || status === 400);
    return {
      count: isRefused ? passed : 0,
      note: `a command of it was answered ${status}; position ${position} was passed`,
    };
  },
};

export const messageFaults = [flipped, garbage, evicted, oversize];
