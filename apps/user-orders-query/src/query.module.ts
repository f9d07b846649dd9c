/** What is wired to what: three logs, into one read model, to two answers. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { isIn, readerName } from '@foldline/contracts';
import { connectPool } from '@foldline/postgres';
import {
  PgProjectionStores,
  PROJECTION_SESSION_OPTIONS,
  type PgProjectionStore,
  type Runner,
} from '@foldline/projections';
import { Cursors, type Compose, type Kit } from '@foldline/service-kit';
import { GenerationKeeper, openFoundation, Readers, type Foundation } from '@foldline/service-runtime';
import { consumerName, JetStreamFeed, NatsLogReader } from '@foldline/transport';
import { cursorScope, placeOf } from './http/list-query';
import { IS_KEPT_HERE, LAG_EVENTS, UserOrdersController } from './http/user-orders.controller';
import { pageMetrics } from './pages/page-metrics';
import { makePageTables, userOrdersModel } from './pages/page-tables';
import { PgReadyPages } from './pages/pg-ready-pages';
import { userOrders } from './projection/user-orders.project';
import type { QueryConfig } from './query.settings';
import type { CursorText } from './query/answers';
import { FreshReads } from './query/fresh-reads';
import { PurchaseAnswers } from './query/purchase-answers';
import {
  ORDERS_CURSOR,
  READ_STORE,
  ReadUserOrdersHandler,
  ReadUserProductsHandler,
} from './query/user-orders.handlers';
import { openMongo } from './stores/mongo/open-mongo';
import { connectForReads, PgReadStore } from './stores/postgres/pg-read-store';

@Module({})
class QueryModule {}

const SERVICE = 'user-orders-query';
/** More events than this to go, and pages are not built: the projection's own work goes first. */
const IDLE_LAG = 100;

const lagOf = (runner: Runner): number => runner.status().logs.reduce((sum, { lagEvents }) => sum + lagEvents, 0);

/** Counting the lag for every answer would cost more than it tells. */
function sampled(read: () => number, everyMs: number): () => number {
  let [value, until] = [0, 0];
  return () => {
    const now = performance.now();
    if (now >= until) [value, until] = [read(), now + everyMs];
    return value;
  };
}

/** Everything between the database and the controllers; its runner is started, its pages are kept. */
async function openReadModel(config: QueryConfig, kit: Kit) {
  const foundation = await openFoundation(config, kit, []);
  const open = config.READ_STORE === 'mongo' ? openOnMongo : openOnPostgres;
  return { foundation, ...(await open(config, kit, foundation)) };
}

const productsCursor =
  ({ cursors }: Foundation): CursorText =>
  (userId, after) =>
    cursors.encode(cursorScope('products', userId), placeOf(after));

const portsOf = ({ link }: Foundation) => ({
  reader: new NatsLogReader(link),
  feed: new JetStreamFeed(link),
});

/** `reader` as the broker's permissions list it. */
const settingsAs = (reader: string) => (generation: number) => ({ reader: consumerName(SERVICE, reader, generation) });

async function openOnMongo({ MONGO_URL, READ_PARTITION }: QueryConfig, kit: Kit, foundation: Foundation) {
  if (READ_PARTITION)
    throw new Error('READ_PARTITION splits a read model in PostgreSQL: leave it out, MongoDB shards its collections');
  if (MONGO_URL === undefined)
    throw new Error('READ_STORE is mongo, but MONGO_URL is not set: set it to mongodb://host:27017/database');
  const { stores, store, ping, close } = await openMongo(MONGO_URL, SERVICE);
  kit.readiness.needs('mongodb', ping);
  kit.shutdown.on('stores', close);
  const ports = portsOf(foundation);
  const kept = await GenerationKeeper.start(kit, new Readers(kit), {
    ...ports,
    projection: userOrders,
    stores,
    settingsOf: settingsAs(`${userOrders.name}-on-mongo`),
    openServing: () => stores.openServing(userOrders),
    reopen: generation => stores.reopen(userOrders, generation),
  });
  const answers = new PurchaseAnswers(store, productsCursor(foundation));
  return { store, answers, kept, freshReads: new FreshReads(kept, ports.reader, userOrders.logs) };
}

async function openOnPostgres(config: QueryConfig, kit: Kit, foundation: Foundation) {
  const reads = connectForReads(config.DATABASE_URL, config.READ_CONNECTIONS);
  const writes = connectPool({
    url: config.DATABASE_URL,
    name: `${SERVICE} projection`,
    max: 4,
    options: PROJECTION_SESSION_OPTIONS,
  });
  kit.shutdown.on('stores', () => Promise.all([reads.end(), writes.end()]));
  const { READ_PARTITION: partition } = config;
  const model = userOrdersModel(partition);
  const { projection } = model;
  const stores = new PgProjectionStores(writes, [model]);
  await stores.prepare();
  const pages = config.READ_PAGES === 'on' ? new PgReadyPages(reads, writes) : undefined;
  const options = pages && { beside: pages.beside };
  const store = new PgReadStore(reads);
  const answers = new PurchaseAnswers(store, productsCursor(foundation), pages);
  const ports = portsOf(foundation);
  const withPages = async (sink: PgProjectionStore): Promise<PgProjectionStore> => {
    if (pages) await makePageTables(writes, sink.generation);
    return sink;
  };
  const kept = await GenerationKeeper.start(kit, new Readers(kit), {
    ...ports,
    projection,
    stores,
    settingsOf: settingsAs(readerName(projection.name, partition)),
    openServing: async () => withPages(await stores.openServing(projection, options)),
    reopen: async generation => withPages(await stores.reopen(projection, generation, options)),
    ...(pages && { beside: (generation, runner) => keepPages(pages, answers, generation, runner, kit) }),
  });
  if (pages) {
    pageMetrics(kit.metrics, pages);
    kit.shutdown.on('runners', () => pages.stop());
  }
  return { store, answers, kept, freshReads: new FreshReads(kept, ports.reader, userOrders.logs) };
}

function keepPages(pages: PgReadyPages, answers: PurchaseAnswers, generation: number, runner: Runner, kit: Kit) {
  const idle = (): boolean => lagOf(runner) < IDLE_LAG;
  const onError = (error: unknown): void =>
    kit.log.warn({ err: error }, 'work on ready pages failed; it is tried again');
  return pages.start({ generation, make: answers.page, idle, onError });
}

export const composeQuery: Compose<QueryConfig> = async (config, kit) => {
  const { foundation, store, answers, kept, freshReads } = await openReadModel(config, kit);
  const { cursors, tokens } = foundation;
  const ordersCursor: CursorText = (userId, after) => cursors.encode(cursorScope('orders', userId), placeOf(after));
  const providers: Provider[] = [
    { provide: Cursors, useValue: cursors },
    { provide: IS_KEPT_HERE, useValue: (userId: string) => isIn(config.READ_PARTITION, userId) },
    { provide: LAG_EVENTS, useValue: sampled(() => kept.lagEvents(), 100) },
    { provide: FreshReads, useValue: freshReads },
    { provide: PurchaseAnswers, useValue: answers },
    { provide: READ_STORE, useValue: store },
    { provide: ORDERS_CURSOR, useValue: ordersCursor },
    ReadUserProductsHandler,
    ReadUserOrdersHandler,
  ];
  const module: DynamicModule = {
    module: QueryModule,
    imports: [CqrsModule.forRoot()],
    controllers: [UserOrdersController],
    providers,
  };
  return { module, tokens };
};
