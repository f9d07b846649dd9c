/**
 * `npm run bench -- projection`: events per second from JetStream into the read model, and in a rebuild from the logs, beside
 * Emmett's consumer over the same events and beside the least that any rebuild must do.
 */
import { Connection } from '@foldline/postgres';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { emmett, type EmmettEvent } from './core/emmett';
import { fillShop } from './core/history';
import { applyByRebuild, applyLive } from './core/apply-all';
import { machine } from './core/machine';
import { median } from './core/measure';
import { numberOf } from './core/options';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { purchases } from './core/purchases.project';
import { report } from './core/report';
import { figure } from './core/table';
import { fillEmmett, withPongo, withSql, type Projected, type Projecting } from './projection-peers';
import { limit } from './core/rebuild-limit';
import { ours } from './rebuild';

const LOGS = userOrders.logs;
const USERS = 1_000;
const PRODUCTS = 500;
const SIDES = {
  limit: 'limit: read, fold, COPY in',
  rebuild: 'Foldline: rebuild from the logs',
  live: 'Foldline: live, from JetStream',
  sameRebuild: "Foldline: only what Emmett's keep, rebuild",
  sameLive: "Foldline: only what Emmett's keep, live",
  sql: 'Emmett: consumer, SQL folded per batch',
  pongo: 'Emmett: consumer, Pongo documents',
} as const;
type SideName = keyof typeof SIDES;

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
      live: total => applyLive(shop, userOrders, total, { readAs: userOrders.name, withPages: true }),
      sameRebuild: () => applyByRebuild(shop, purchases),
      sameLive: total => applyLive(shop, purchases, total, { readAs: userOrders.name, withPages: false }),
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
        `Of the one table that Emmett's projections keep, our rebuild is ${times('sameRebuild', 'sql')} times its fastest and ${times('sameRebuild', 'pongo')} times its documents, and live we are ${times('sameLive', 'sql')} and ${times('sameLive', 'pongo')} times as fast: every event is read and checked on all sides. Of the whole read model, which is four tables with their indexes, live also the marks of pages to build anew, our rebuild is ${times('rebuild', 'sql')} and ${times('rebuild', 'pongo')} times as fast, and ${Math.round((100 * rate('rebuild')) / rate('limit'))} % of the limit, which is ${times('limit', 'sql')} times Emmett's fastest itself.`,
        `${events} events of three logs. Medians of ${rounds} rounds in turns; of the events applied, the fewest of any round.`,
      ],
      results: { events, sides: Object.fromEntries(found) },
    },
    args,
  );
}
