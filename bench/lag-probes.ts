/** What `npm run bench -- lag` times: one write at a time until it is seen, and one message until it is consumed. */
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@foldline/service-kit';
import { AckPolicy, connect } from 'nats';
import type { OwnShop } from './core/own-shop';

/** Between two probes: the machine is idle in between, but nothing has gone cold. */
export const EVERY_MS = 20;
export const PROBES = ['renamed', 'again', 'visible', 'bought', 'raw'] as const;
export type Probe = (typeof PROBES)[number];
export const NAMES: Readonly<Record<Probe, string>> = {
  renamed: 'append answered -> visible (a profile is changed, read with its token)',
  again: 'the same read again: nothing to wait for',
  visible: 'append sent -> visible (the write itself included)',
  bought: 'POST /orders sent -> confirmed and visible',
  raw: 'JetStream alone: publish -> consume',
};
export type Times = Record<Probe, number[]>;

const json = { 'content-type': 'application/json' };

const agent = new Agent({ keepAlive: true, noDelay: true });
interface Call {
  readonly method?: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Sends and reads all of it, with as little of a client as there is; throws where the answer is an error. */
function call(url: string, { method = 'GET', headers, body }: Call): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const sent = request(url, { agent, method, headers }, answer => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.once('end', () =>
        answer.statusCode! < 400
          ? done(answer)
          : failed(new Error(`${method} ${url} answered ${answer.statusCode}: ${text}`)),
      );
    });
    sent.once('error', failed).end(body);
  });
}

export class Shopper {
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

  /** Milliseconds from the write's sending and from its answer until a read with its token shows it, and of the same read again. */
  async rename(): Promise<readonly [sent: number, answered: number, again: number]> {
    const from = performance.now();
    const written = await call(`${this.shop.url('users')}/users/${this.id}`, {
      method: 'PATCH',
      headers: { ...json, authorization: this.authorization },
      body: JSON.stringify({ displayName: `Bench ${from}` }),
    });
    const answered = performance.now();
    await this.read(written);
    const now = performance.now();
    await this.read(written);
    return [now - from, now - answered, performance.now() - now];
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

  private async read(written: IncomingMessage): Promise<void> {
    const token = String(written.headers['consistency-token']);
    const headers = { authorization: this.authorization, prefer: 'wait=10', 'consistency-token': token };
    await call(`${this.shop.url('user-orders-query')}/users/${this.id}/products`, { headers });
  }
}

/** Publishes one message at a time and waits for its consumer. */
export async function rawJetStream(url: string): Promise<{ once(): Promise<number>; close(): Promise<void> }> {
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

export async function probe(shopper: Shopper, raw: { once(): Promise<number> }, count: number): Promise<Times> {
  const times: Times = { renamed: [], again: [], visible: [], bought: [], raw: [] };
  for (let i = -10; i < count; i += 1) {
    const [visible, renamed, again] = await shopper.rename();
    await pause(EVERY_MS);
    const bought = await shopper.buy();
    await pause(EVERY_MS);
    const found = { visible, renamed, again, bought, raw: await raw.once() };
    await pause(EVERY_MS);
    // The first ones warm connections and plans.
    if (i >= 0) for (const name of PROBES) times[name].push(found[name]);
  }
  return times;
}
