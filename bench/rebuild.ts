/**
 * `npm run bench -- rebuild`: the rebuild of a shop's read model, beside the least that any rebuild must do on this machine:
 * take the events out of the databases in large pages, parse, fold, copy the rows in, build the indexes.
 */
import { fillShop, type History } from './core/history';
import { machine } from './core/machine';
import { median } from './core/measure';
import { numbersOf } from './core/options';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { limit } from './core/rebuild-limit';
import { replay } from './core/replay-tool';
import { report } from './core/report';
import { rateCell, summary } from './core/rounds';
import { runningShop, type RunFile } from './core/running-shop';
import { figure } from './core/table';

const ROUNDS = 3;
const [USERS, PRODUCTS] = [100_000, 10_000];
/** Listed and stocked; placed, reserved and confirmed. */
const [EVENTS_PER_PRODUCT, EVENTS_PER_ORDER] = [2, 3];
/** What an event was seen to take until it is in the log and projected, and in a round of both sides. */
const [FILL_MS, ROUND_MS] = [0.4, 0.07];

interface Rebuilt {
  readonly generation: number;
  readonly events: number;
  readonly rows: number;
  readonly seconds: number;
  readonly peakMemoryBytes: number;
}

/** FOLDLINE_DATA names the shop. */
export async function ours(): Promise<Rebuilt> {
  const { rebuilt } = JSON.parse(await replay('rebuild', 'user-orders', '--throttle', '0')) as { rebuilt: [Rebuilt] };
  await replay('drop', 'user-orders', String(rebuilt[0].generation), '--yes');
  return rebuilt[0];
}

interface Measured {
  readonly events: number;
  readonly rows: number;
  /** Events per second of each round. */
  readonly limit: readonly number[];
  readonly ours: readonly number[];
  readonly peakMemoryBytes: number;
}

async function inTurns(shop: RunFile, say: (round: string) => void): Promise<Measured> {
  const rates: { limit: number[]; ours: number[] } = { limit: [], ours: [] };
  let [events, rows, peakMemoryBytes] = [0, 0, 0];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`round ${round} of ${ROUNDS}`);
    const least = await limit(shop);
    const rebuilt = await ours();
    rates.limit.push(least.events / least.seconds);
    rates.ours.push(rebuilt.events / rebuilt.seconds);
    ({ events, rows } = rebuilt);
    peakMemoryBytes = Math.max(peakMemoryBytes, rebuilt.peakMemoryBytes);
  }
  return { events, rows, ...rates, peakMemoryBytes };
}

const rate = (rounds: readonly number[]): string =>
  rateCell(summary(rounds.map(perSecond => ({ perSecond, p50: 0, p99: 0 }))));

function tell(found: readonly Measured[], args: readonly string[]): void {
  const head = ['events', 'rows', 'limit events/s', 'rebuild events/s', 'of the limit', 'memory MB', 'bytes/row'];
  report(
    {
      name: 'rebuild',
      command: 'npm run bench -- rebuild',
      machine: machine(),
      table: {
        head,
        rows: found.map(({ events, rows, limit: least, ours: rebuilt, peakMemoryBytes }) => [
          figure(events),
          figure(rows),
          rate(least),
          rate(rebuilt),
          `${Math.round((100 * median(rebuilt)) / median(least))} %`,
          figure(peakMemoryBytes / 1e6),
          figure(peakMemoryBytes / rows),
        ]),
      },
      notes: [
        `A shop of ${figure(USERS)} users and ${figure(PRODUCTS)} products; the rest of its events are of orders of one line, skewed: a tenth of the users place nearly half of them, a tenth of the products are in nearly half. Events are counted by their positions: the limit takes all of them out, parses and folds them; the rebuild leaves those that the projection ignores with their owner. Medians of ${ROUNDS} rounds in turns, ± half the spread; memory is the largest of any round, of the whole process.`,
      ],
      results: found,
    },
    args,
  );
}

/** `--events 1M,3M`: how long the logs of the bench's own shop get, rising. `--running`: the shop that runs, as it is. */
export async function rebuildBench(args: readonly string[]): Promise<void> {
  const isRunning = args.includes('--running');
  if (isRunning) return tell([await inTurns(runningShop(), say)], [...args, '--no-save']);
  const wanted = numbersOf(args, 'events', [1_000_000]);
  const least = USERS + EVENTS_PER_PRODUCT * PRODUCTS;
  if (wanted.some((events, i) => events <= (wanted[i - 1] ?? least)))
    throw new Error(`--events must rise, from above ${least}`);
  const largest = Math.max(...wanted);
  const progress = new Progress(
    20_000 + largest * FILL_MS + wanted.reduce((sum, events) => sum + events, 0) * ROUNDS * ROUND_MS,
  );
  progress.step('starting PostgreSQL, NATS and the five services', 20_000);
  const shop = await OwnShop.start('rebuild');
  const found: Measured[] = [];
  try {
    let [there, history]: [number, History | undefined] = [least, undefined];
    for (const events of wanted) {
      progress.step(`filling the logs to ${events} events`, (events - there) * FILL_MS);
      const orders = Math.ceil((events - there) / EVENTS_PER_ORDER);
      const size = {
        users: history ? 0 : USERS,
        products: history ? 0 : PRODUCTS,
        orders,
        linesPerOrder: 1,
        skewed: true,
      };
      history = await fillShop(shop, size, line => process.stderr.write(`  ${line}\n`), history);
      there += orders * EVENTS_PER_ORDER;
      found.push(await inTurns(shop.run, round => progress.step(`${events} events, ${round}`, events * ROUND_MS)));
    }
    tell(found, args);
  } finally {
    await shop.remove();
  }
}

const say = (round: string): void => void process.stderr.write(`${round}\n`);
