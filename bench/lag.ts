/**
 * `npm run bench -- lag`: how long until a write is seen in the read model, with nothing else to do, while 500 events a second are
 * appended, and at 500 orders a second; beside a message published and consumed on JetStream alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@foldline/service-kit';
import { AckPolicy, connect } from 'nats';
import { fillShop, signerOf, type History } from './core/history';
import { machine, versionSaid } from './core/machine';
import { openLoop, type OpenLoad } from './core/open-loop';
import { numberOf } from './core/options';
import { natsBinary, ownNats } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { figure } from './core/table';

const HISTORY = { users: 1_000, products: 200, orders: 1_000, linesPerOrder: 2 };
/** Between two probes: the machine is idle in between, but nothing has gone cold. */
const EVERY_MS = 20;
const LOAD_MS = 2_000;
const PROBES = ['renamed', 'visible', 'bought', 'raw'] as const;
type Probe = (typeof PROBES)[number];
const NAMES: Readonly<Record<Probe, string>> = {
  renamed: 'append answered -> visible (a profile is changed, read with its token)',
  visible: 'append sent -> visible (the same, the write itself included)',
  bought: 'POST /orders sent -> confirmed and visible',
  raw: 'JetStream alone: publish -> consume',
};
type Times = Record<Probe, number[]>;

const json = { 'content-type': 'application/json' };

/** Sends and reads all of it; throws where the answer is an error. */
async function call(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url} answered ${response.status}: ${text}`);
  return response;
}

class Shopper {
  private constructor(
    private readonly shop: OwnShop,
    private readonly id: string,
    private readonly authorization: string,
    private readonly productId: string,
  ) {}

  static async signUp(shop: OwnShop, productId: string): Promise<Shopper> {
    const [users, email, password] = [shop.url('users'), `${newId()}@example.com`, 'a-bench-passphrase-1'];
    const post = async (path: string, body: object): Promise<Record<string, string>> =>
      (await (
        await fetch(users + path, { method: 'POST', headers: json, body: JSON.stringify(body) })
      ).json()) as Record<string, string>;
    const { id } = await post('/users', { email, password, displayName: 'Bench' });
    const { accessToken } = await post('/sessions', { email, password });
    return new Shopper(shop, id!, `Bearer ${accessToken}`, productId);
  }

  /** Milliseconds from the write's sending and from its answer until a read with its token shows it. */
  async rename(): Promise<readonly [sent: number, answered: number]> {
    const from = performance.now();
    const written = await call(`${this.shop.url('users')}/users/${this.id}`, {
      method: 'PATCH',
      headers: { ...json, authorization: this.authorization },
      body: JSON.stringify({ displayName: `Bench ${from}` }),
    });
    const answered = performance.now();
    await this.read(written);
    const now = performance.now();
    return [now - from, now - answered];
  }

  async buy(): Promise<number> {
    const from = performance.now();
    const written = await call(`${this.shop.url('orders')}/orders`, {
      method: 'POST',
      headers: { ...json, authorization: this.authorization, prefer: 'wait=10' },
      body: JSON.stringify({ items: [{ productId: this.productId, quantity: 1 }] }),
    });
    await this.read(written);
    return performance.now() - from;
  }

  private async read(written: Response): Promise<void> {
    const token = written.headers.get('consistency-token')!;
    const headers = { authorization: this.authorization, prefer: 'wait=10', 'consistency-token': token };
    await call(`${this.shop.url('user-orders-query')}/users/${this.id}/products`, { headers });
  }
}

/** Publishes one message at a time and waits for its consumer. */
async function rawJetStream(url: string): Promise<{ once(): Promise<number>; close(): Promise<void> }> {
  const connection = await connect({ servers: url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'RAW', subjects: ['raw'] });
  await manager.consumers.add('RAW', { durable_name: 'bench', ack_policy: AckPolicy.All });
  const jetstream = connection.jetstream();
  let arrived = (): void => undefined;
  const consumer = await jetstream.consumers.get('RAW', 'bench');
  const messages = await consumer.consume({
    callback: message => {
      message.ack();
      arrived();
    },
  });
  const body = Buffer.alloc(300, 'x');
  return {
    once: async () => {
      const come = new Promise<void>(done => (arrived = done));
      const from = performance.now();
      await Promise.all([jetstream.publish('raw', body), come]);
      return performance.now() - from;
    },
    close: () => {
      // A consumer that goes on would ask the closed connection for ever.
      messages.stop();
      return connection.close();
    },
  };
}

async function probe(shopper: Shopper, raw: { once(): Promise<number> }, count: number): Promise<Times> {
  const times: Times = { renamed: [], visible: [], bought: [], raw: [] };
  for (let i = -10; i < count; i += 1) {
    const [visible, renamed] = await shopper.rename();
    await pause(EVERY_MS);
    const bought = await shopper.buy();
    await pause(EVERY_MS);
    const found = { visible, renamed, bought, raw: await raw.once() };
    await pause(EVERY_MS);
    // The first ones warm connections and plans.
    if (i >= 0) for (const name of PROBES) times[name].push(found[name]);
  }
  return times;
}

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
    progress.step('idle', phaseMs);
    const idle = await probe(shopper, raw, probes);
    const loaded = (kind: 'events' | 'orders') => {
      progress.step(`at ${rates[kind]} ${kind}/s`, phaseMs + LOAD_MS);
      return under(writes[kind], rates[kind], () => probe(shopper, raw, probes));
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
  found: Readonly<Record<Phase, Times>>,
  due: Readonly<Record<'events' | 'orders', number>>,
  kept: Readonly<Record<'events' | 'orders', number>>,
  probes: number,
  args: readonly string[],
): void {
  const quantiles = (times: readonly number[]): number[] => {
    const sorted = [...times].sort((a, b) => a - b);
    return [0.5, 0.95, 0.99].map(share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!);
  };
  const all = (name: Probe): number[] => PHASES.flatMap(phase => quantiles(found[phase][name]));
  const heads = ['idle', `${due.events} events/s`, `${due.orders} orders/s`];
  report(
    {
      name: 'lag',
      command: 'npm run bench -- lag',
      machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
      table: {
        head: ['ms', ...heads.flatMap(name => [`${name}: p50`, 'p95', 'p99'])],
        rows: PROBES.map(name => [NAMES[name], ...all(name).map(figure)]),
      },
      notes: [
        `${probes} probes of each kind, one at a time, over HTTP to the services. Meanwhile others changed their profiles, an event each, and ${figure(kept.events)}/s of ${due.events} due were answered; then others placed orders, of which each is decided and makes three events and more work, and ${figure(kept.orders)}/s of ${due.orders} due were answered.`,
        'A read with the token of a write waits until the read model shows it; its own HTTP call is in the figure.',
      ],
      results: Object.fromEntries(
        PROBES.map(name => [name, Object.fromEntries(PHASES.map(phase => [phase, quantiles(found[phase][name])]))]),
      ),
    },
    args,
  );
}
