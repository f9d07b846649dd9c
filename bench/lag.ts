/**
 * `npm run bench -- lag`: how long until a write is seen in the read model, with nothing else to do and at 500 orders a second,
 * beside a message published and consumed on JetStream alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@foldline/service-kit';
import { AckPolicy, connect } from 'nats';
import { fillShop, signerOf, type History } from './core/history';
import { machine, versionSaid } from './core/machine';
import { openLoop } from './core/open-loop';
import { numberOf } from './core/options';
import { natsBinary, ownNats } from './core/own-servers';
import { OwnShop } from './core/own-shop';
import { Progress } from './core/progress';
import { report } from './core/report';
import { figure } from './core/table';

const HISTORY = { users: 1_000, products: 200, orders: 1_000, linesPerOrder: 2 };
/** Between two probes: the machine is idle in between, but nothing has gone cold. */
const EVERY_MS = 20;
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

async function ordersOf(shop: OwnShop, { users, products }: History): Promise<() => Buffer> {
  const sign = await signerOf(shop);
  const tokens = await Promise.all(users.map(sign));
  let next = 0;
  return () => {
    const body = JSON.stringify({ items: [{ productId: products[next % products.length], quantity: 1 }] });
    const head = `POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${tokens[next++ % tokens.length]}\r\n`;
    return Buffer.from(
      `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\nprefer: wait=0\r\n\r\n${body}`,
    );
  };
}

/** `--probes` (300) of each kind, `--rate` of orders meanwhile (500). */
export async function lagBench(args: readonly string[]): Promise<void> {
  const [probes, rate] = [numberOf(args, 'probes', 300), numberOf(args, 'rate', 500)];
  const phaseMs = probes * (3 * EVERY_MS + 40);
  const progress = new Progress(30_000 + 2 * phaseMs);
  progress.step('starting PostgreSQL, NATS and the five services', 15_000);
  const shop = await OwnShop.start('lag');
  const server = await ownNats(shop.folder);
  const raw = await rawJetStream(server.url);
  try {
    progress.step('filling the shop', 15_000);
    const history = await fillShop(shop, HISTORY, line => process.stderr.write(`  ${line}\n`));
    const shopper = await Shopper.signUp(shop, history.products[0]!);
    progress.step('idle', phaseMs);
    const idle = await probe(shopper, raw, probes);
    progress.step(`at ${rate} orders/s`, phaseMs);
    const load = { port: Number(new URL(shop.url('orders')).port), request: await ordersOf(shop, history) };
    let loading = true;
    const placed: number[] = [];
    const background = (async () => {
      while (loading) placed.push((await openLoop(load, rate, 2_000)).perSecond);
    })();
    const busy = await probe(shopper, raw, probes);
    loading = false;
    await background;
    tell({ idle, busy }, rate, placed, probes, args);
  } finally {
    await raw.close();
    await server.stop();
    await shop.remove();
  }
}

function tell(
  found: Readonly<Record<'idle' | 'busy', Times>>,
  rate: number,
  placed: readonly number[],
  probes: number,
  args: readonly string[],
): void {
  const quantiles = (times: readonly number[]): number[] => {
    const sorted = [...times].sort((a, b) => a - b);
    return [0.5, 0.95, 0.99].map(share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!);
  };
  const all = (which: 'idle' | 'busy', name: Probe): number[] => quantiles(found[which][name]);
  const kept = placed.reduce((sum, one) => sum + one, 0) / placed.length;
  report(
    {
      name: 'lag',
      command: 'npm run bench -- lag',
      machine: machine({ 'nats-server': versionSaid(natsBinary()) }),
      table: {
        head: ['ms', ...['idle', `${rate} orders/s`].flatMap(name => [`${name}: p50`, 'p95', 'p99'])],
        rows: PROBES.map(name => [NAMES[name], ...[...all('idle', name), ...all('busy', name)].map(figure)]),
      },
      notes: [
        `${probes} probes of each kind, one at a time, over HTTP to the services. Meanwhile ${figure(kept)} orders/s were placed of ${rate} due.`,
        'A read with the token of a write waits until the read model shows it; its own HTTP call is in the figure.',
      ],
      results: Object.fromEntries(PROBES.map(name => [name, { idle: all('idle', name), busy: all('busy', name) }])),
    },
    args,
  );
}
