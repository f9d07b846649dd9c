/**
 * `npm run bench -- projection`: events per second from JetStream into the read model, and in a rebuild from the logs, beside
 * Emmett's consumer over the same events and beside the least that any rebuild must do.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { jetStreamOf } from '@foldline/contracts';
import { Connection, connectPool, quoteName, setUpDatabases } from '@foldline/postgres';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS, Runner } from '@foldline/projections';
import { consumerName, JetStreamFeed, NatsLink, NatsLogReader } from '@foldline/transport';
import { AckPolicy, DeliverPolicy, nanos } from 'nats';
import { emptyPages } from '../apps/user-orders-query/src/pages/page-emptying';
import { makePageTables } from '../apps/user-orders-query/src/pages/page-tables';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { emmett, type EmmettEvent } from './core/emmett';
import { fillShop } from './core/history';
import { machine } from './core/machine';
import { median } from './core/measure';
import { numberOf } from './core/options';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { figure } from './core/table';
import { fillEmmett, withPongo, withSql, type Projected, type Projecting } from './projection-peers';
import { limit } from './core/rebuild-limit';
import { ours } from './rebuild';

const LOGS = userOrders.logs;
const USERS = 1_000;
const PRODUCTS = 500;
/** The one of the three consumers of the read model that nobody uses here. */
const PLACE = 2;
const SIDES = {
  limit: 'limit: read, fold, COPY in',
  rebuild: 'Foldline: rebuild from the logs',
  live: 'Foldline: live, from JetStream',
  sql: 'Emmett: consumer, SQL folded per batch',
  pongo: 'Emmett: consumer, Pongo documents',
} as const;
type SideName = keyof typeof SIDES;

/** A read database of its own below the shop's server. */
async function withReadDatabase<T>(adminUrl: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const url = new URL(adminUrl);
  [url.pathname, url.username, url.password] = [`/${name}`, `${name}_app`, password];
  await setUpDatabases(adminUrl, [{ appUrl: url.toString(), owner: { name: `${name}_owner`, password }, sets: [] }]);
  try {
    return await work(url.toString());
  } finally {
    const admin = await Connection.open({ url: adminUrl, name: 'bench' });
    await admin.query(`drop database ${quoteName(name)} with (force)`);
    await admin.close();
  }
}

/** A runner as the query service's, on an empty read model, with consumers that begin at the first message. */
const live =
  (shop: OwnShop): Projecting =>
  events =>
    withReadDatabase(shop.adminUrl('query'), async url => {
      const name = 'user-orders-query';
      const reader = consumerName(name, userOrders.name, PLACE);
      const link = new NatsLink({ servers: shop.run.nats.url, seed: shop.natsSeed(name), name });
      const manager = await (await link.connection).jetstreamManager({ checkAPI: false });
      for (const stream of LOGS.map(jetStreamOf)) {
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
      const pool = connectPool({ url, name: 'bench projection', max: 4, options: PROJECTION_SESSION_OPTIONS });
      const stores = new PgProjectionStores(pool);
      await stores.prepare();
      const sink = await stores.openServing(userOrders, { beside: emptyPages });
      await makePageTables(pool, sink.generation);
      const runner = new Runner({ sink, feed: new JetStreamFeed(link), reader: new NatsLogReader(link) }, { reader });
      const applied = (): number => Object.values(runner.positions()).reduce((sum, at) => sum + at!.position, 0);
      const from = performance.now();
      runner.start();
      while (applied() < events) await pause(5);
      const seconds = (performance.now() - from) / 1000;
      await runner.stop();
      await link.stop();
      await pool.end();
      return { applied: applied(), seconds };
    });

async function eventsOf(shop: OwnShop): Promise<Map<string, EmmettEvent[]>> {
  const streams = new Map<string, EmmettEvent[]>();
  for (const log of LOGS) {
    const session = await Connection.open({ url: shop.adminUrl(log), name: 'bench', statementTimeoutMs: 0 });
    const { rows } = await session.query<EmmettEvent & { stream: string }>(
      'select stream, type, data from log.events order by position',
    );
    await session.close();
    for (const { stream, type, data } of rows) streams.set(stream, [...(streams.get(stream) ?? []), { type, data }]);
  }
  return streams;
}

/** `--orders` (20k; three events each), `--rounds` (3). */
export async function projectionBench(args: readonly string[]): Promise<void> {
  const orders = numberOf(args, 'orders', 20_000);
  const rounds = numberOf(args, 'rounds', 3);
  // The slowest peer was seen to take 1.5 ms for each of three events.
  const roundMs = orders * 6;
  const progress = new Progress(60_000 + orders + rounds * roundMs);
  progress.step('starting PostgreSQL, NATS and the five services', 20_000);
  const shop = await OwnShop.start('projection');
  try {
    progress.step(`filling the shop with ${orders} orders`, 40_000);
    const size = { users: USERS, products: PRODUCTS, orders, linesPerOrder: 1 };
    await fillShop(shop, size, line => process.stderr.write(`  ${line}\n`));
    await shop.end('user-orders-query');
    const streams = await eventsOf(shop);
    const events = [...streams.values()].reduce((sum, { length }) => sum + length, 0);
    progress.step(`appending the same ${events} events to Emmett's store`, orders);
    const emmettUrl = new URL(shop.adminUrl('query'));
    const admin = await Connection.open({ url: emmettUrl.toString(), name: 'bench' });
    await admin.query('create database emmett');
    const { rows } = await admin.query<{ server_version: string }>('show server_version');
    await admin.close();
    emmettUrl.pathname = '/emmett';
    await fillEmmett(emmettUrl.toString(), streams);
    const sides: Readonly<Record<SideName, Projecting>> = {
      limit: async () => asProjected(await limit(shop.run)),
      rebuild: async () => asProjected(await ours()),
      live: live(shop),
      sql: withSql(emmettUrl.toString()),
      pongo: withPongo(emmettUrl.toString()),
    };
    const found = new Map<SideName, Projected[]>(Object.keys(sides).map(name => [name as SideName, []]));
    for (let round = 1; round <= rounds; round += 1)
      for (const [name, project] of Object.entries(sides) as [SideName, Projecting][]) {
        progress.step(
          `round ${round} of ${rounds}, ${SIDES[name]}`,
          name === 'pongo' ? roundMs * 0.7 : roundMs * 0.075,
        );
        found.get(name)!.push(await project(events));
      }
    tell(found, events, rows[0]!.server_version, rounds, args);
  } finally {
    await shop.remove();
  }
}

const asProjected = ({ events, seconds }: { events: number; seconds: number }): Projected => ({
  applied: events,
  seconds,
});

function tell(
  found: ReadonlyMap<SideName, readonly Projected[]>,
  events: number,
  postgres: string,
  rounds: number,
  args: readonly string[],
): void {
  const rates = (name: SideName): number[] => found.get(name)!.map(({ applied, seconds }) => applied / seconds);
  const rate = (name: SideName): number => median(rates(name));
  const applied = (name: SideName): number => Math.min(...found.get(name)!.map(one => one.applied));
  const lost = (name: SideName): string =>
    applied(name) < events ? `${applied(name)} of ${events}: LOST ${events - applied(name)}` : `${events} of ${events}`;
  const spread = (name: SideName): number =>
    (100 * (Math.max(...rates(name)) - Math.min(...rates(name)))) / 2 / rate(name);
  const times = (name: SideName, peer: SideName): string => figure(rate(name) / rate(peer));
  const names = Object.keys(SIDES) as SideName[];
  report(
    {
      name: 'projection',
      command: 'npm run bench -- projection',
      machine: machine({ PostgreSQL: postgres, Emmett: emmett().version }),
      table: {
        head: ['', 'events/s', 'applied of appended'],
        rows: names.map(name => [SIDES[name], `${figure(rate(name))} ±${Math.round(spread(name))} %`, lost(name)]),
      },
      notes: [
        `Our rebuild is ${times('rebuild', 'sql')} times Emmett's fastest, ${times('rebuild', 'pongo')} times its documents, and ${Math.round((100 * rate('rebuild')) / rate('limit'))} % of the limit.`,
        `${events} events of three logs. Ours make four tables with their indexes, live also the marks of pages to build anew; Emmett's projections keep only what was bought. Medians of ${rounds} rounds in turns; of the events applied, the fewest of any round.`,
      ],
      results: { events, sides: Object.fromEntries(found) },
    },
    args,
  );
}
