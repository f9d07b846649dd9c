/** Events that a reader cannot apply, put into a log by hand (row 47). */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { withDatabase } from '../model/log-events';
import { parkedNow } from '../model/set-aside';
import type { Fault } from './fault';

const APPEND = 'select * from log.append($1, $2, null, null, null)';

export const poison: Fault = {
  row: 47,
  name: 'events that cannot be applied',
  // A rebuild stops at them, as it must.
  rulesOut: [48],
  async inject({ stack, strange }) {
    const id = randomUUID();
    const other = randomUUID();
    const [userId, at] = ['0190a1b2-0000-7000-8000-000000000001', new Date().toISOString()];
    const lines = { items: [{ productId: randomUUID(), quantity: 1, unitPrice: 1 }], total: 1, currency: 'EUR' };
    const events = [
      // Of a type that nobody knows, then one that would be fine by itself: it must wait behind the first.
      { stream: `order-${id}`, version: 1, type: 'OrderTeleported', schema: 1, data: { orderId: id } },
      {
        stream: `order-${id}`,
        version: 2,
        type: 'OrderPlaced',
        schema: 1,
        data: { orderId: id, userId, ...lines, placedAt: at },
      },
      // Known, but from the future; and known, but about an order that does not exist.
      { stream: `order-${other}`, version: 1, type: 'OrderPlaced', schema: 99, data: { orderId: other, at } },
      {
        stream: `order-${other}`,
        version: 2,
        type: 'OrderRejected',
        schema: 1,
        data: { orderId: other, userId, code: 'out-of-stock', items: [] },
      },
    ];
    const metadata = { commandId: randomUUID(), correlationId: randomUUID(), causationId: randomUUID() };
    const streams = [`order-${id}`, `order-${other}`];
    for (const stream of streams) strange.add(stream);
    await withDatabase(stack, 'orders', sql =>
      sql(APPEND, [
        JSON.stringify(streams.map((stream, n) => ({ n, stream, expected: 0 }))),
        JSON.stringify(
          events.map(event => ({ n: streams.indexOf(event.stream), ...event, id: randomUUID(), metadata, bytes: 400 })),
        ),
      ]),
    );
    const parked = await eventually(
      async () => {
        const rows = (await parkedNow(stack)).filter(({ log, key }) => log === 'orders' && streams.includes(key));
        if (rows.length < events.length) throw new Error(`${rows.length} are parked`);
        return rows.length;
      },
      { timeout: 45_000, every: 200 },
    ).catch(() => 0);
    await pause(500);
    return { count: parked, note: `${parked} of ${events.length} set aside, the rest flows on` };
  },
};
