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
  PROJECTION_SESSION_OPTIONS,
  Rebuild,
  type ProjectionStore,
  type ReplayableStores,
} from '@foldline/projections';
import { connectMongo, MongoProjectionStores } from '@foldline/projections-mongo';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { withDatabase } from './core/database';
import { machine } from './core/machine';
import { numberOf } from './core/options';
import { freePort } from './core/own-shop';
import { ownPostgres } from './core/own-servers';
import { fromRoot, ROOT } from './core/project';
import { report } from './core/report';
import { StoreHistory } from './core/store-history';
import { figure } from './core/table';
import { costOf, countTraffic, type Cost } from './core/traffic';

const BATCH = 500;

interface Server {
  readonly url: string;
  stop?(): Promise<unknown>;
}
interface Found {
  readonly kind: 'url' | 'mongod' | 'docker' | 'java';
}

/** A server and what it is: nothing that a stand-in does is told as MongoDB's. */
async function mongoServer(folder: string): Promise<Server & { readonly isReal: boolean }> {
  const { findMongo } = fromRoot<{ findMongo(where: object): Found | undefined }>('test/mongo/find-mongo.cjs');
  const { startMongo } = fromRoot<{ startMongo(found: object, at: object): Promise<Server> }>(
    'test/mongo/start-mongo.cjs',
  );
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const found = findMongo({ binDir: join(ROOT, '.foldline/bin'), fetch: true, say });
  if (!found) throw new Error('there is no MongoDB to measure: set MONGO_URL to a server of your own');
  const isReal = found.kind !== 'java';
  if (found.kind === 'url') return { ...(found as unknown as Server), isReal };
  const at = { port: await freePort(), dataDir: join(folder, 'mongo'), logFile: join(folder, 'mongo.log') };
  return { ...(await startMongo(found, at)), isReal };
}

async function applyAll(store: ProjectionStore, history: StoreHistory): Promise<number> {
  let batches = 0;
  for (const log of userOrders.logs) {
    const events = history.logs[log];
    let from = { incarnation: events[0]!.incarnation, position: 0, eventId: '' };
    while (from.position < events.length) {
      const applied = await store.apply({ log, from, events: events.slice(from.position, from.position + BATCH) });
      from = { ...applied.checkpoint };
      batches += 1;
    }
  }
  return batches;
}

async function rebuild(stores: ReplayableStores, history: StoreHistory): Promise<void> {
  const build = await stores.beginBuild(userOrders);
  const how = { ...DEFAULT_REBUILD, signal: new AbortController().signal, onProgress: () => undefined };
  await new Rebuild(userOrders, build, history, how).run();
  await build.close();
}

/** Rows that the batches change, each counted once a batch. */
function rowsWritten(history: StoreHistory): number {
  const fold = new MemoryFold(userOrders);
  let rows = 0;
  for (const log of userOrders.logs)
    for (const [i, event] of history.logs[log].entries()) {
      fold.fold(event);
      if (i % BATCH === BATCH - 1 || i === history.logs[log].length - 1)
        rows += Object.values(fold.takeChanges()).reduce((sum, { length }) => sum + length, 0);
    }
  return rows;
}

interface Side {
  readonly name: string;
  readonly isReal: boolean;
  readonly live: Cost & { readonly batches: number };
  readonly rebuilt: Cost;
}

async function measureStore(
  name: string,
  isReal: boolean,
  stores: ReplayableStores,
  history: StoreHistory,
): Promise<Side> {
  await stores.prepare();
  const serving = await stores.openServing(userOrders);
  let batches = 0;
  const live = await costOf(async () => (batches = await applyAll(serving, history)));
  const rebuilt = await costOf(() => rebuild(stores, history));
  return { name, isReal, live: { ...live, batches }, rebuilt };
}

function rowOf({ name, isReal, live, rebuilt }: Side, events: number, written: number): string[] {
  const [rate, rebuildRate] = [live, rebuilt].map(({ seconds }) => (isReal ? figure(events / seconds) : '-'));
  return [
    name,
    figure((live.cpuSeconds / events) * 1e6),
    figure(live.roundTrips / live.batches),
    figure((live.sent + live.received) / live.batches / 1000),
    figure(written / events),
    figure((rebuilt.cpuSeconds / events) * 1e6),
    figure((rebuilt.sent + rebuilt.received) / events),
    rate!,
    rebuildRate!,
  ];
}

export async function readStoreBench(args: readonly string[]): Promise<void> {
  const history = new StoreHistory(numberOf(args, 'orders', 10_000));
  const folder = mkdtempSync(join(tmpdir(), 'foldline-bench-'));
  chmodSync(folder, 0o755);
  countTraffic();
  const [postgres, server] = [await ownPostgres(folder), await mongoServer(folder)];
  const sides: Side[] = [];
  const url = new URL(`/bench_${randomBytes(4).toString('hex')}`, server.url);
  const mongo = await connectMongo(url.toString(), { name: 'bench' });
  const { version } = (await mongo.db.admin().command({ buildInfo: 1 })) as { version: string };
  try {
    process.env.BENCH_ADMIN_URL = postgres.url;
    await withDatabase(async ({ appUrl }) => {
      const pool = connectPool({ url: appUrl, name: 'bench', max: 4, options: PROJECTION_SESSION_OPTIONS });
      const connect = () => Connection.open({ url: appUrl, name: 'bench' });
      const stores = new PgProjectionStores(pool, [{ projection: userOrders }], connect);
      sides.push(await measureStore('PostgreSQL', true, stores, history));
      await pool.end();
    });
    sides.push(await measureStore('MongoDB', server.isReal, new MongoProjectionStores(mongo), history));
  } finally {
    await mongo.db.dropDatabase();
    await mongo.close();
    await Promise.all([postgres.stop(), server.stop?.()]);
    rmSync(folder, { recursive: true, force: true });
  }
  const [rows, { events }] = [rowsWritten(history), history];
  const batches = sides[0]!.live.batches;
  // Each row twice, and the generation's record at the commit and at its end.
  const written = { PostgreSQL: rows, MongoDB: rows * 2 + batches * 2 };
  const head = ['store', 'CPU µs/event', 'round trips/batch', 'kB/batch', 'rows written/event'];
  const more = ['rebuild CPU µs/event', 'rebuild bytes/event', 'events/s', 'rebuild events/s'];
  const standIn = `The MongoDB is a stand-in that speaks its protocol (it calls itself ${version}): its speed says nothing and is not shown; set MONGO_URL to measure one.`;
  report(
    {
      name: 'read-store',
      command: 'npm run bench -- read-store',
      machine: machine({ mongodb: server.isReal ? version : 'none' }),
      table: {
        head: [...head, ...more],
        rows: sides.map(side => rowOf(side, events, written[side.name as 'MongoDB'])),
      },
      notes: [
        `${figure(events)} events in batches of ${BATCH}; CPU is that of the projecting process alone.`,
        ...(server.isReal ? [] : [standIn]),
      ],
      results: { events, sides, written },
    },
    args,
  );
}
