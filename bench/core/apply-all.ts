/** All events of a shop applied to an empty read model, by the same code as a service or the replay command, in this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { jetStreamOf, type LogName } from '@foldline/contracts';
import { Connection, connectPool } from '@foldline/postgres';
import {
  BUILD_SESSION,
  DEFAULT_REBUILD,
  PgProjectionStores,
  PROJECTION_SESSION_OPTIONS,
  Rebuild,
  Runner,
  type PgStoreOptions,
  type Projection,
} from '@foldline/projections';
import { consumerName, JetStreamFeed, NatsLink, NatsLogReader } from '@foldline/transport';
import { AckPolicy, DeliverPolicy, nanos } from 'nats';
import { emptyPages } from '../../apps/user-orders-query/src/pages/page-emptying';
import { makePageTables } from '../../apps/user-orders-query/src/pages/page-tables';
import { makeDatabase } from './database';
import type { OwnShop } from './own-shop';

const SERVICE = 'user-orders-query';
/** The one of the three consumers of the read model that nobody uses in a bench. */
const PLACE = 2;

async function fromTheFirst(link: NatsLink, logs: readonly LogName[], reader: string): Promise<void> {
  const manager = await (await link.connection).jetstreamManager({ checkAPI: false });
  for (const stream of logs.map(jetStreamOf)) {
    await manager.consumers.delete(stream, reader).catch(() => undefined);
    await manager.consumers.add(stream, {
      durable_name: reader,
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.All,
      ack_wait: nanos(60_000),
      max_deliver: -1,
      max_ack_pending: 50_000,
    });
  }
}

export interface AppliedAll {
  readonly applied: number;
  readonly seconds: number;
  /** Of all tables. */
  readonly rows: number;
}

const linkOf = (shop: OwnShop): NatsLink =>
  new NatsLink({ servers: shop.run.nats.url, seed: shop.natsSeed(SERVICE), name: SERVICE });

/**
 * Live, from JetStream: a runner with consumers that begin at the first message, until it has applied the shop's `events`. `readAs`: as whom
 * the broker knows the reader. `withPages`: marks pages to build anew, as the service does.
 */
export async function applyLive(
  shop: OwnShop,
  projection: Projection,
  events: number,
  { readAs, withPages }: { readAs: string; withPages: boolean },
): Promise<AppliedAll> {
  const database = await makeDatabase(shop.adminUrl('query'));
  const reader = consumerName(SERVICE, readAs, PLACE);
  const link = linkOf(shop);
  const options = PROJECTION_SESSION_OPTIONS;
  const pool = connectPool({ url: database.appUrl, name: 'bench projection', max: 4, options });
  try {
    await fromTheFirst(link, projection.logs, reader);
    const stores = new PgProjectionStores(pool);
    await stores.prepare();
    const storeOptions: PgStoreOptions = withPages ? { beside: emptyPages } : {};
    const sink = await stores.openServing(projection, storeOptions);
    if (withPages) await makePageTables(pool, sink.generation);
    const runner = new Runner({ sink, feed: new JetStreamFeed(link), reader: new NatsLogReader(link) }, { reader });
    const applied = (): number => Object.values(runner.positions()).reduce((sum, at) => sum + at!.position, 0);
    const from = performance.now();
    runner.start();
    while (applied() < events) await pause(5);
    const seconds = (performance.now() - from) / 1000;
    await runner.stop();
    let rows = 0;
    for (const table of Object.keys(projection.tables))
      for await (const chunk of sink.rows(table)) rows += chunk.length;
    return { applied: applied(), seconds, rows };
  } finally {
    await link.stop();
    await pool.end();
    await database.remove();
  }
}

/** By a rebuild, from the logs' owners. */
export async function applyByRebuild(shop: OwnShop, projection: Projection): Promise<AppliedAll> {
  const database = await makeDatabase(shop.adminUrl('query'));
  const link = linkOf(shop);
  const pool = connectPool({ url: database.appUrl, name: 'bench rebuild', max: 4 });
  const session = { url: database.appUrl, name: 'bench rebuild', ...BUILD_SESSION };
  try {
    await link.connection;
    const stores = new PgProjectionStores(pool, [], () => Connection.open(session));
    await stores.prepare();
    const build = await stores.beginBuild(projection);
    let rows = 0;
    const from = performance.now();
    const done = await new Rebuild(projection, build, new NatsLogReader(link, 10_000), {
      ...DEFAULT_REBUILD,
      signal: new AbortController().signal,
      onProgress: progress => ({ rows } = progress),
    }).run();
    const seconds = (performance.now() - from) / 1000;
    await build.close();
    return { applied: done.kind === 'finished' ? done.events : 0, seconds, rows };
  } finally {
    await link.stop();
    await pool.end();
    await database.remove();
  }
}
