/**
 * `npm run bench -- lag`: how long until a write is seen in the read model, with nothing else to do, while 500 events a second are
 * appended, and at 500 orders a second; beside a message published and consumed on JetStream alone.
 */
import { delayQuantile, delaysOf } from './core/delays';
import { fillShop, signerOf, type History } from './core/history';
import { machine, versionSaid } from './core/machine';
import { openLoop, type OpenLoad } from './core/open-loop';
import { numberOf } from './core/options';
import { natsBinary, ownNats } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { userOrders } from '../apps/user-orders-query/src/projection/user-orders.project';
import { report } from './core/report';
import { figure } from './core/table';
import { EVERY_MS, NAMES, PROBES, probe, rawJetStream, Shopper, type Probe, type Times } from './lag-probes';

const HISTORY = { users: 1_000, products: 200, orders: 1_000, linesPerOrder: 2 };
const LOAD_MS = 2_000;
const SHARES = [0.5, 0.95, 0.99];
const WAITED = 'append begun -> in the read store, of all events meanwhile (as the service counts it)';

interface Asked {
  readonly line: string;
  readonly body: object;
}

/** What other users write meanwhile, each in turn. */
async function writesOf(
  shop: OwnShop,
  { users, products }: History,
): Promise<Readonly<Record<'events' | 'orders', OpenLoad>>> {
  const sign = await signerOf(shop);
  const tokens = await Promise.all(users.map(sign));
  let next = 0;
  const load = (service: 'users' | 'orders', of: (n: number) => Asked): OpenLoad => ({
    port: Number(new URL(shop.url(service)).port),
    request: () => {
      const n = (next += 1);
      const { line, body } = of(n);
      const text = JSON.stringify(body);
      const head = `${line} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${tokens[n % tokens.length]}\r\n`;
      return Buffer.from(
        `${head}content-type: application/json\r\ncontent-length: ${text.length}\r\nprefer: wait=0\r\n\r\n${text}`,
      );
    },
  });
  return {
    events: load('users', n => ({
      line: `PATCH /users/${users[n % users.length]}`,
      body: { displayName: `Renamed ${n}` },
    })),
    orders: load('orders', n => ({
      line: 'POST /orders',
      body: { items: [{ productId: products[n % products.length], quantity: 1 }] },
    })),
  };
}

/** Does `work` under a load; gives what it found and how many of the requests per second were answered. */
async function under<T>(load: OpenLoad, rate: number, work: () => Promise<T>): Promise<readonly [T, number]> {
  let loading = true;
  const answered: number[] = [];
  // What runs seldom is slow: nothing is measured before the load has run for a while.
  await openLoop(load, rate, LOAD_MS);
  const background = (async () => {
    while (loading) answered.push((await openLoop(load, rate, LOAD_MS)).perSecond);
  })();
  const found = await work();
  loading = false;
  await background;
  return [found, answered.reduce((sum, one) => sum + one, 0) / answered.length];
}

const PHASES = ['idle', 'events', 'orders'] as const;
type Phase = (typeof PHASES)[number];
interface Found {
  readonly times: Times;
  /** By SHARES. */
  readonly waited: readonly number[];
}

/** `--probes` (300) of each kind; `--events` (500 a second), then `--rate` of orders (500 a second) meanwhile. */
export async function lagBench(args: readonly string[]): Promise<void> {
  const probes = numberOf(args, 'probes', 300);
  const rates = { events: numberOf(args, 'events', 500), orders: numberOf(args, 'rate', 500) };
  const phaseMs = probes * (3 * EVERY_MS + 40);
  const progress = new Progress(30_000 + 3 * phaseMs + 2 * LOAD_MS);
  progress.step('starting PostgreSQL, NATS and the five services', 15_000);
  const shop = await OwnShop.start('lag');
  const server = await ownNats(shop.folder);
  const raw = await rawJetStream(server.url);
  try {
    progress.step('filling the shop', 15_000);
    const history = await fillShop(shop, HISTORY, line => process.stderr.write(`  ${line}\n`));
    const shopper = await Shopper.signUp(shop, history.products[0]!);
    const writes = await writesOf(shop, history);
    const query = shop.url('user-orders-query');
    const probed = async (): Promise<Found> => {
      const before = await delaysOf(query, userOrders.name);
      const times = await probe(shopper, raw, probes);
      const after = await delaysOf(query, userOrders.name);
      return { times, waited: SHARES.map(share => delayQuantile(before, after, share)) };
    };
    progress.step('idle', phaseMs);
    const idle = await probed();
    const loaded = (kind: 'events' | 'orders') => {
      progress.step(`at ${rates[kind]} ${kind}/s`, phaseMs + LOAD_MS);
      return under(writes[kind], rates[kind], probed);
    };
    const [events, appended] = await loaded('events');
    const [orders, placed] = await loaded('orders');
    tell({ idle, events, orders }, rates, { events: appended, orders: placed }, probes, args);
  } finally {
    await raw.close();
    await server.stop();
    await shop.remove();
  }
}

function tell(
  found: Readonly<Record<Phase, Found>>,
  due: Readonly<Record<'events' | 'orders', number>>,
  kept: Readonly<Record<'events' | 'orders', number>>,
  probes: number,
  args: readonly string[],
): void {
  const quantiles = (times: readonly number[]): number[] => {
    const sorted = [...times].sort((a, b) => a - b);
    return SHARES.map(share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!);
  };
  const all = (name: Probe): number[] => PHASES.flatMap(phase => quantiles(found[phase].times[name]));
  const heads = ['idle', `${due.events} events/s`, `${due.orders} orders/s`];
  report(
    {
      name: 'lag',
      command: 'npm run bench -- lag',
      machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
      table: {
        head: ['ms', ...heads.flatMap(name => [`${name}: p50`, 'p95', 'p99'])],
        rows: [
          [WAITED, ...PHASES.flatMap(phase => found[phase].waited).map(figure)],
          ...PROBES.map(name => [NAMES[name], ...all(name).map(figure)]),
        ],
      },
      notes: [
        `${probes} probes of each kind, one at a time, over HTTP to the services. Meanwhile others changed their profiles, an event each, and ${figure(kept.events)}/s of ${due.events} due were answered; then others placed orders, of which each is decided and makes three events and more work, and ${figure(kept.orders)}/s of ${due.orders} due were answered.`,
        'What the service counts begins when the log records an event and ends when the statement that applied it has answered; of a batch, its first event. A read with the token of a write waits until the read model shows it; its own HTTP call is in the figure.',
      ],
      results: {
        waited: Object.fromEntries(PHASES.map(phase => [phase, found[phase].waited])),
        ...Object.fromEntries(
          PROBES.map(name => [
            name,
            Object.fromEntries(PHASES.map(phase => [phase, quantiles(found[phase].times[name])])),
          ]),
        ),
      },
    },
    args,
  );
}
