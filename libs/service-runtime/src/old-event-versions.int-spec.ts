/** A log that was begun by an older build: events of version 1 and of version 2 in one log, folded as if all were new. */
import { newestSchemaVersion, type OrderEvent } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { makeLogDatabase, newId, type LogDatabase } from '@foldline/event-log/testing';
import { Connection, connectPool, type Pool } from '@foldline/postgres';
import {
  compareSides,
  DEFAULT_REBUILD,
  defineProjection,
  defineTable,
  FreshFold,
  PgProjectionStores,
  BUILD_SESSION,
  PROJECTION_SESSION_OPTIONS,
  Rebuild,
} from '@foldline/projections';
import { postgresUrl } from '@foldline/testing';
import { ownLogReader } from './own-log';

/** One row an order: what was given back is told only by version 2 of OrderCancelled. */
const refunds = defineProjection({
  name: 'refunds',
  logs: ['orders'],
  tables: {
    refunds: defineTable<{ orderId: string; refund: number }>({
      name: 'refunds',
      key: ['orderId'],
      columns: { orderId: 'uuid', refund: 'bigint' },
    }),
  },
  revision: 1,
  keyOf: event => event.stream,
  touches: event => (event.type === 'OrderCancelled' ? { refunds: [[event.data.orderId]] } : {}),
  project(views, event) {
    if (event.type !== 'OrderCancelled') return;
    views.refunds.put({ orderId: event.data.orderId, refund: event.data.refund });
  },
});

let database: LogDatabase;
let log: PostgresEventLog;
let pool: Pool;
beforeAll(async () => {
  database = await makeLogDatabase(postgresUrl());
  log = new PostgresEventLog({ log: 'orders', url: database.appUrl });
  pool = connectPool({ url: database.appUrl, name: 'test', max: 4, options: PROJECTION_SESSION_OPTIONS });
});
afterAll(async () => {
  await pool.end();
  await log.close();
  await database.drop();
});

const linesOf = (orderId: string, total: number) => ({
  orderId,
  userId: newId(),
  items: [{ productId: newId(), quantity: 1, unitPrice: total }],
  total,
  currency: 'EUR',
  placedAt: '2026-01-01T00:00:00.000Z',
});

async function append(orderId: string, events: readonly object[]): Promise<void> {
  const id = newId();
  const write = { stream: `order-${orderId}`, expectedVersion: 0, events: events as OrderEvent[] };
  const metadata = { correlationId: id, causationId: id };
  expect(await log.append({ writes: [write], command: { id }, metadata })).toMatchObject({ kind: 'appended' });
}

/** As the code before wrote it; today's append writes the newest version only. */
async function cancelledInVersion1(orderId: string, data: object): Promise<void> {
  const admin = await Connection.open({ url: database.adminUrl, name: 'test-admin' });
  const id = newId();
  await admin.query(
    `with head as (update log.log_head set position = position + 1, recorded_at = now() returning position, recorded_at)
     insert into log.events (position, stream, version, type, schema_version, event_id, data, metadata, recorded_at, bytes)
     select position, $1, 2, 'OrderCancelled', 1, $2, $3, $4, recorded_at, 500 from head`,
    [
      `order-${orderId}`,
      id,
      JSON.stringify(data),
      JSON.stringify({ commandId: id, correlationId: id, causationId: id }),
    ],
  );
  await admin.close();
}

it('a rebuild lifts old events, and live folding, a fresh fold and a loaded stream agree with it', async () => {
  const [old, today] = [newId(), newId()];
  await append(old, [{ type: 'OrderPlaced', data: linesOf(old, 700) }]);
  await cancelledInVersion1(old, linesOf(old, 700));
  const partly = { ...linesOf(today, 900), refund: 400 };
  await append(today, [
    { type: 'OrderPlaced', data: linesOf(today, 900) },
    { type: 'OrderCancelled', data: partly },
  ]);
  expect(newestSchemaVersion('orders', 'OrderCancelled')).toBe(2);
  const stored = (await log.read(0, 10)).filter(({ type }) => type === 'OrderCancelled');
  expect(stored.map(({ schemaVersion, data }) => [schemaVersion, 'refund' in data])).toEqual([
    [1, false],
    [2, true],
  ]);

  const reader = ownLogReader(log);
  const connect = () => Connection.open({ url: database.appUrl, name: 'rebuild', ...BUILD_SESSION });
  const stores = new PgProjectionStores(pool, [{ projection: refunds }], connect);
  await stores.prepare();
  const serving = await stores.openServing(refunds);
  const { incarnation } = await log.head();
  const from = { incarnation, position: 0, eventId: '' };
  expect(await serving.apply({ log: 'orders', from, events: await log.read(0, 10) })).toMatchObject({
    kind: 'applied',
  });
  const signal = new AbortController().signal;
  const build = await stores.beginBuild(refunds);
  await new Rebuild(refunds, build, reader, { ...DEFAULT_REBUILD, signal, onProgress: () => {} }).run();
  await build.close();

  const rows = async (generation: number): Promise<unknown> =>
    (await pool.query(`select "orderId", refund::int from read.refunds_g${generation} order by refund`)).rows;
  expect(await rows(2)).toEqual(await rows(1));
  expect(JSON.stringify(await rows(2))).toMatch(new RegExp(`${today}.*400.*${old}.*700`));
  const settings = { pageSize: 50, ahead: 2, signal, onWaiting: () => {} };
  const logs = { reader, settings };
  const { equal } = await stores.snapshot(refunds, 2, logs, async snapshot => {
    const fresh = new FreshFold(refunds, reader, settings);
    await fresh.followTo(snapshot.positions);
    return compareSides(refunds, snapshot, fresh);
  });
  expect(equal).toBe(true);
  expect((await log.load(`order-${old}`, 0)).events.at(-1)).toMatchObject({ data: { refund: 700 } });
});
