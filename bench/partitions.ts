/**
 * `npm run bench -- partitions`: the read model split by user. First how fast one runner of n gets through the logs; then two
 * partitions behind a gateway under mixed traffic, one of them killed meanwhile, each compared with the logs afterwards.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { partitionText, readerName, type Partition } from '@foldline/contracts';
import { Connection } from '@foldline/postgres';
import { userOrders, userOrdersOf } from '../apps/user-orders-query/src/projection/user-orders.project';
import { fillShop } from './core/history';
import { applyLive, type AppliedAll } from './core/apply-all';
import { makeDatabase } from './core/database';
import { machine } from './core/machine';
import { median } from './core/measure';
import { trafficOf } from './core/mixed-traffic';
import { openLoop, type OpenLoaded } from './core/open-loop';
import { numberOf } from './core/options';
import { freePort, OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { replayWith } from './core/replay-tool';
import { report } from './core/report';
import { LOGS, sql, untilQuiet } from './core/shop-sql';
import { figure, percent } from './core/table';

const HISTORY = { users: 1_000, products: 500, linesPerOrder: 1 };
const COUNTS = [1, 2, 4, 8];
const ROUNDS = 3;
const ROUND_MS = 12_000;
const [WARM_UP_MS, SECONDS] = [8_000, 12];
/** Until the partition is up again, its readers are told that it is away. */
const KILL_AFTER_MS = 6_000;

interface Split {
  readonly of: number;
  readonly rounds: readonly AppliedAll[];
}
interface Served {
  readonly well: OpenLoaded;
  readonly killed: OpenLoaded;
  /** Purchases that each partition keeps, and the whole. */
  readonly purchases: readonly number[];
  readonly whole: number;
}

const headsOf = async (shop: OwnShop): Promise<number> => {
  let sum = 0;
  for (const log of LOGS) {
    const [head] = await sql<{ position: string }>(shop, log, 'select position from log.log_head');
    sum += Number(head!.position);
  }
  return sum;
};

async function splits(shop: OwnShop, step: (name: string, ms: number) => void): Promise<Split[]> {
  const events = await headsOf(shop);
  const rounds = new Map<number, AppliedAll[]>(COUNTS.map(of => [of, []]));
  for (let round = 1; round <= ROUNDS; round += 1)
    for (const of of COUNTS) {
      step(`round ${round} of ${ROUNDS}, partition 1 of ${of}`, ROUND_MS / COUNTS.length);
      const partition = of > 1 ? { number: 1, of } : undefined;
      const readAs = readerName(userOrders.name, partition);
      rounds.get(of)!.push(await applyLive(shop, userOrdersOf(partition), events, { readAs, withPages: true }));
    }
  return COUNTS.map(of => ({ of, rounds: rounds.get(of)! }));
}

async function purchasesIn(url: string): Promise<number> {
  const session = await Connection.open({ url, name: 'bench' });
  const { rows } = await session.query<{ n: number }>('select count(*)::int as n from read.purchases_g1');
  await session.close();
  return rows[0]!.n;
}

async function serve(shop: OwnShop, rate: number, request: () => Buffer, step: (name: string, ms: number) => void) {
  step('starting two partitions and a gateway before them', 15_000);
  const partitions = await Promise.all(
    [1, 2].map(async number => {
      const partition: Partition = { number, of: 2 };
      const { appUrl: DATABASE_URL } = await makeDatabase(shop.adminUrl('query'));
      const own = { DATABASE_URL, READ_PARTITION: partitionText(partition) };
      const another = await shop.another('user-orders-query', own, `user-orders-query-${number}of2`);
      return { ...another, partition, database: DATABASE_URL };
    }),
  );
  const GATEWAY_ADMIN_PORT = String(await freePort());
  const QUERY_URL = partitions.map(({ url }) => url).join(';');
  const { url: gateway } = await shop.another('gateway', { QUERY_URL, GATEWAY_ADMIN_PORT });
  const to = { port: Number(new URL(gateway).port), request };
  step('two partitions under load', WARM_UP_MS + SECONDS * 1000);
  await openLoop(to, rate, WARM_UP_MS);
  const well = await openLoop(to, rate, SECONDS * 1000);
  step('the same, one of them killed', SECONDS * 1000);
  const killing = pause(KILL_AFTER_MS).then(() => process.kill(partitions[0]!.pid()!, 'SIGKILL'));
  const [killed] = await Promise.all([openLoop(to, rate, SECONDS * 1000), killing]);
  step('comparing each partition with the logs', 15_000);
  await untilQuiet(shop);
  for (const { partition, database } of partitions)
    await replayWith(
      { READ_PARTITION: partitionText(partition), QUERY_DATABASE_URL: database },
      ...['verify', userOrders.name],
    );
  const purchases = await Promise.all(partitions.map(({ database }) => purchasesIn(database)));
  const whole = await purchasesIn(shop.adminUrl('query'));
  const together = purchases.reduce((sum, n) => sum + n, 0);
  if (together !== whole) throw new Error(`the partitions keep ${together} purchases, the whole ${whole}`);
  return { well, killed, purchases, whole };
}

/** `--orders` (20k; three events each), `--rate` of requests (400/s). */
export async function partitionsBench(args: readonly string[]): Promise<void> {
  const [orders, rate] = [numberOf(args, 'orders', 20_000), numberOf(args, 'rate', 400)];
  const progress = new Progress(60_000 + ROUNDS * ROUND_MS + 30_000 + WARM_UP_MS + 2 * SECONDS * 1000);
  progress.step('starting PostgreSQL, NATS and the five services', 20_000);
  const shop = await OwnShop.start('partitions');
  try {
    progress.step(`filling the shop with ${orders} orders`, 40_000);
    const history = await fillShop(shop, { ...HISTORY, orders }, line => process.stderr.write(`  ${line}\n`));
    const step = (name: string, ms: number): void => progress.step(name, ms);
    const split = await splits(shop, step);
    tell(split, await serve(shop, rate, await trafficOf(shop, history), step), rate, args);
  } finally {
    await shop.remove();
  }
}

function tell(split: readonly Split[], served: Served, rate: number, args: readonly string[]): void {
  const rateOf = ({ rounds }: Split): number => median(rounds.map(({ applied, seconds }) => applied / seconds));
  const whole = rateOf(split[0]!);
  const { well, killed, purchases } = served;
  report(
    {
      name: 'partitions',
      command: 'npm run bench -- partitions',
      machine: machine(),
      table: {
        head: ['one runner keeps', 'events/s of the logs', 'times the whole', 'rows'],
        rows: split.map(one => [
          one.of === 1 ? 'the whole' : `1 of ${one.of} partitions`,
          figure(rateOf(one)),
          figure(rateOf(one) / whole),
          figure(one.rounds[0]!.rows),
        ]),
      },
      notes: [
        `${figure(split[0]!.rounds[0]!.applied)} events, live from JetStream into an empty database, marks of pages included; each alone on the machine, as partitions have machines of their own. Medians of ${ROUNDS} rounds in turns.`,
        `Then two partitions behind a gateway under the mixture of \`npm run bench -- whole\` at ${rate} requests/s, ${SECONDS} s each: ${percent(well.answered)} answered, p50 ${figure(well.p50)} ms, p99 ${figure(well.p99)} ms; ${percent(killed.answered)} while one of them was killed with SIGKILL and started again by the launcher. Afterwards \`replay verify\` found each equal to the logs, row by row, and their ${purchases.map(figure).join(' and ')} purchases are all of the whole's ${figure(served.whole)}.`,
      ],
      results: { split, served },
      pages: ['docs/scale.md'],
    },
    args,
  );
}
