/** What `npm run compare` says: its one table, its chart, and the ratios. */
import { barChart } from './core/chart';
import type { HistorySize } from './core/history';
import type { Loaded } from './core/http-load';
import { machine, versionOf, versionSaid } from './core/machine';
import { median } from './core/measure';
import { natsBinary } from './core/own-servers';
import { report } from './core/report';
import { rateCell, summary, type Rounds, type Summary } from './core/rounds';
import { figure } from './core/table';

export const HISTORY: HistorySize = { users: 3_000, products: 1_000, orders: 6_000, linesPerOrder: 10 };
export const CONNECTIONS = 64;
export const SLOWED_BY_MS = 200;
export const WELL: Rounds = { rounds: 3, roundMs: 3_000, warmUpMs: 3_000 };

export const WAYS = {
  http: '(a) HTTP calls, service to service',
  nats: '(b) request/reply over NATS',
  view: '(c) Foldline: its own view, fed by events',
  join: '(d) monolith: one database, a join',
  bare: 'limit: node:http + pg, same rows',
} as const;
export type Way = keyof typeof WAYS;
export type Condition = Map<string, Loaded[]>;
export type Conditions = Readonly<Record<'well' | 'slowed' | 'ended', Condition>>;

interface Answered extends Summary {
  readonly answered: number;
}

/** Answers with 200 only; times are of those too, and there are none where nothing was answered. */
function answeredIn(rounds: readonly Loaded[] | undefined): Answered | undefined {
  if (!rounds) return undefined;
  const answered = median(rounds.map(round => round.answered));
  const kept = summary(rounds.map(round => ({ ...round, perSecond: round.perSecond * round.answered })));
  return answered > 0 ? { ...kept, answered } : { ...kept, answered, p50: NaN, p99: NaN };
}

export function tell(conditions: Conditions, postgres: string, seconds: number, args: readonly string[]): void {
  const of = (which: keyof Conditions, way: Way) => answeredIn(conditions[which].get(WAYS[way]));
  const broken = (found: Answered | undefined): string[] =>
    found
      ? [rateCell(found), figure(found.p99), `${Math.floor(100 * found.answered)} %`]
      : ['no other service', '', ''];
  const ways = Object.keys(WAYS) as Way[];
  const table = {
    head: [
      `${CONNECTIONS} connections`,
      'requests/s, all well',
      'p50 ms',
      'p99 ms',
      `requests/s, products ${SLOWED_BY_MS} ms slower`,
      'p99 ms',
      'answered',
      'requests/s, products ended',
      'p99 ms',
      'answered',
    ],
    rows: ways.map(way => {
      const well = of('well', way)!;
      const cells = [rateCell(well), figure(well.p50), figure(well.p99)];
      return [WAYS[way], ...cells, ...broken(of('slowed', way)), ...broken(of('ended', way))];
    }),
  };
  const rate = (way: Way): number => of('well', way)!.perSecond;
  const times = (way: Way): string => figure(rate('view') / rate(way));
  const { users, products, orders, linesPerOrder } = HISTORY;
  report(
    {
      name: 'three-ways',
      command: 'npm run compare',
      machine: machine({
        PostgreSQL: postgres,
        'nats-server': versionSaid(natsBinary()),
        NestJS: versionOf('@nestjs/core'),
        Fastify: versionOf('fastify'),
        pg: versionOf('pg'),
      }),
      table,
      notes: [
        `(c) is ${times('join')} times (d), ${times('http')} times (a), ${times('nats')} times (b), and ${Math.round((100 * rate('view')) / rate('bare'))} % of the limit.`,
        `${users} users with ${(orders / users) * linesPerOrder} products each of ${products}; medians of ${WELL.rounds} rounds in turns, ± half the spread; answers other than 200 do not count. Took ${Math.round(seconds)} s.`,
      ],
      results: Object.fromEntries(
        ways.map(way => [way, { well: of('well', way), slowed: of('slowed', way), ended: of('ended', way) }]),
      ),
      charts: [
        {
          name: 'three-ways',
          title: 'Requests per second of each way to answer',
          svg: barChart({
            title: `Products of a user, with title and image: requests/s, ${CONNECTIONS} connections`,
            unit: '/s',
            series: ['all services well', `products ${SLOWED_BY_MS} ms slower`, 'products ended'],
            groups: ways.map(way => ({
              name: WAYS[way],
              values: (['well', 'slowed', 'ended'] as const).map(which => of(which, way)?.perSecond),
            })),
          }),
        },
      ],
      pages: ['docs/performance.md', 'docs/three-ways.md', 'README.md'],
    },
    args,
  );
}
