/**
 * `npm run bench -- read-store`: the same events applied live and rebuilt on PostgreSQL and on MongoDB. With MONGO_URL it is a
 * MongoDB of your own; a stand-in's speed says nothing of MongoDB, so then only what is ours is printed: CPU, round trips, bytes.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, connectPool } from '@foldline/postgres';
import {
  DEFAULT_REBUILD,
  MemoryFold,
  PgProjectionStores,
  BUILD_SESSION,
  PROJECTION_SESSION_OPTIONS,
  Rebuild,
  type Changes,
  type ProjectionStore,
  type ReplayableStores,
} from '@foldline/projections';
import { connectMongo, MongoProjectionStores, type Mongo } from '@foldline/projections-mongo';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { withDatabase } from './core/database';
import { machine } from './core/machine';
import { numberOf } from './core/options';
import { ownMongo } from './core/own-mongo';
import { ownPostgres } from './core/own-servers';
import { report } from './core/report';
import { StoreHistory } from './core/store-history';
import { figure } from './core/table';
import { costOf, countTraffic, type Cost } from './core/traffic';

/** Of a shop in use, by a part of the events, and of one that catches up. */
const BATCHES = [
  { size: 20, part: 0.1 },
  { size: 500, part: 1 },
] as const;

/** Applies the whole history; gives how many batches that took. */
async function applyAll(store: ProjectionStore, history: StoreHistory, size: number): Promise<number> {
  let batches = 0;
  for (const log of userOrders.logs) {
    const events = history.logs[log];
    let from = { incarnation: events[0]!.incarnation, position: 0, eventId: '' };
    while (from.position < events.length) {
      const applied = await store.apply({ log, from, events: events.slice(from.position, from.position + size) });
      from = { ...applied.checkpoint };
      batches += 1;
    }
  }
  return batches;
}

const rowsIn = (changes: Changes): number => Object.values(changes).reduce((sum, { length }) => sum + length, 0);

/** Rows that the batches change, each counted once a batch. */
function rowsChanged(history: StoreHistory, size: number): number {
  const fold = new MemoryFold(userOrders);
  let rows = 0;
  for (const log of userOrders.logs)
    for (const [i, event] of history.logs[log].entries()) {
      fold.fold(event);
      if (i % size === size - 1 || i === history.logs[log].length - 1) rows += rowsIn(fold.takeChanges());
    }
  return rows;
}

interface Measured extends Cost {
  readonly rows: number;
  /** None of a rebuild: it writes by its memory. */
  readonly batches?: number;
}

async function live(stores: ReplayableStores, history: StoreHistory, size: number): Promise<Measured> {
  await stores.prepare();
  const serving = await stores.openServing(userOrders);
  let batches = 0;
  const cost = await costOf(async () => (batches = await applyAll(serving, history, size)));
  return { ...cost, batches, rows: rowsChanged(history, size) };
}

async function rebuilt(stores: ReplayableStores, history: StoreHistory): Promise<Measured> {
  await stores.prepare();
  await stores.openServing(userOrders);
  const build = await stores.beginBuild(userOrders);
  const write = build.write.bind(build);
  let rows = 0;
  build.write = (changes, reached) => {
    rows += rowsIn(changes);
    return write(changes, reached);
  };
  const how = { ...DEFAULT_REBUILD, signal: new AbortController().signal, onProgress: () => undefined };
  const cost = await costOf(() => new Rebuild(userOrders, build, history, how).run());
  await build.close();
  return { ...cost, rows };
}

interface Store {
  readonly name: string;
  /** Its speed is its own, not a stand-in's. */
  readonly isReal: boolean;
  /** A live row is written inside the record that commits it, too. */
  readonly copies: number;
  /** `work` has an empty database to itself. */
  within(work: (stores: ReplayableStores) => Promise<Measured>): Promise<Measured>;
}

const postgresStore = (adminUrl: string): Store => ({
  name: 'PostgreSQL',
  isReal: true,
  copies: 1,
  async within(work) {
    return withDatabase(adminUrl, async ({ appUrl }) => {
      const pool = connectPool({ url: appUrl, name: 'bench', max: 4, options: PROJECTION_SESSION_OPTIONS });
      const connect = () => Connection.open({ url: appUrl, name: 'bench', ...BUILD_SESSION });
      const measured = await work(new PgProjectionStores(pool, [{ projection: userOrders }], connect));
      await pool.end();
      return measured;
    });
  },
});

const mongoStore = (url: string, isReal: boolean): Store => ({
  name: 'MongoDB',
  isReal,
  copies: 2,
  async within(work) {
    const mongo = await openMongo(url);
    try {
      return await work(new MongoProjectionStores(mongo));
    } finally {
      await mongo.db.dropDatabase();
      await mongo.close();
    }
  },
});

function openMongo(server: string): Promise<Mongo> {
  const url = new URL(server);
  url.pathname = `/bench_${randomBytes(4).toString('hex')}`;
  return connectMongo(url.toString(), { name: 'bench' });
}

async function versionOf(server: string): Promise<string> {
  const mongo = await openMongo(server);
  const { version } = (await mongo.db.admin().command({ buildInfo: 1 })) as { version: string };
  await mongo.close();
  return version;
}

const traffic = ({ sent, received }: Cost): number => sent + received;

function rowOf({ name, isReal, copies }: Store, { work, measured, events }: Line): string[] {
  const { batches, rows, cpuSeconds, roundTrips, seconds } = measured;
  return [
    `${name}, ${work}`,
    figure((cpuSeconds / events) * 1e6),
    batches ? figure(roundTrips / batches) : '-',
    batches ? figure(traffic(measured) / batches / 1000) : '-',
    figure(traffic(measured) / events),
    figure((rows * (batches ? copies : 1)) / events),
    isReal ? figure(events / seconds) : '-',
  ];
}

interface Line {
  readonly work: string;
  readonly events: number;
  readonly measured: Measured;
}

async function measure(store: Store, orders: number): Promise<Line[]> {
  // The first to run would pay for what the engine learns of code that both use.
  await store.within(stores => live(stores, new StoreHistory(1000), 500));
  const lines: Line[] = [];
  for (const { size, part } of BATCHES) {
    const history = new StoreHistory(Math.ceil(orders * part));
    const measured = await store.within(stores => live(stores, history, size));
    lines.push({ work: `live, ${size} events a batch`, events: history.events, measured });
  }
  const whole = new StoreHistory(orders);
  const measured = await store.within(stores => rebuilt(stores, whole));
  return [...lines, { work: 'rebuild', events: whole.events, measured }];
}

export async function readStoreBench(args: readonly string[]): Promise<void> {
  const orders = numberOf(args, 'orders', 10_000);
  const folder = mkdtempSync(join(tmpdir(), 'foldline-bench-'));
  chmodSync(folder, 0o755);
  countTraffic();
  const [postgres, server] = [await ownPostgres(folder), await ownMongo(folder)];
  const sides: { readonly store: Store; readonly lines: readonly Line[] }[] = [];
  let version: string;
  try {
    version = await versionOf(server.url);
    for (const store of [postgresStore(postgres.url), mongoStore(server.url, server.isReal)])
      sides.push({ store, lines: await measure(store, orders) });
  } finally {
    await Promise.all([postgres.stop(), server.stop?.()]);
    rmSync(folder, { recursive: true, force: true });
  }
  const head = ['', 'CPU µs/event', 'round trips/batch', 'kB/batch', 'bytes/event', 'rows written/event'];
  const standIn = `The MongoDB is a stand-in that speaks its protocol (it calls itself ${version}): its speed says nothing and is not shown; set MONGO_URL to measure one.`;
  report(
    {
      name: 'read-store',
      command: 'npm run bench -- read-store',
      machine: machine({ mongodb: server.isReal ? version : 'none' }),
      table: {
        head: [...head, 'events/s'],
        rows: sides.flatMap(({ store, lines }) => lines.map(line => rowOf(store, line))),
      },
      notes: [
        `${figure(sides[0]!.lines.at(-1)!.events)} events, in small batches a tenth of them; CPU is that of the projecting process alone. On MongoDB a live row is written twice: first inside the record that commits it.`,
        ...(server.isReal ? [] : [standIn]),
      ],
      results: sides.map(({ store: { name }, lines }) => ({ name, lines })),
    },
    args,
  );
}
