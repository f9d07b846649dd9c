/** All clients of a run, together at a rate. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosStack } from '../stack/chaos-stack';
import { Client } from './client';
import type { History } from './history';
import { Market } from './market';
import type { Random } from './random';
import { Shopkeeper } from './shopkeeper';
import { Shopper, signUps, type Mix } from './shopper';

export interface CrowdSettings {
  readonly clients: number;
  /** Calls per second of all together. */
  readonly rate: number;
  /** What shoppers do more or less often than usual. */
  readonly mix?: Partial<Mix>;
  /** Units of a product that come at once, at most: few, and buyers are refused; default 70. */
  readonly stock?: number;
}

const STOCK = 70;
/** From here on accounts are no more often opened and closed: hashing passwords would be most of what the machine does. */
const USUAL_RATE = 60;

const SHOPKEEPERS = 2;

export class Crowd {
  readonly market = new Market();
  readonly admin: Client;
  private going = true;
  private readonly running: Promise<void>[] = [];

  constructor(
    private readonly stack: ChaosStack,
    private readonly history: History,
    private readonly random: Random,
    private readonly settings: CrowdSettings,
  ) {
    this.admin = this.client('shopkeeper 1');
  }

  /** A client that goes on as long as the crowd does. */
  client(name: string): Client {
    return new Client(name, this.stack.gateway, this.history, () => this.going);
  }

  async start(): Promise<void> {
    const identity = { id: await this.adminId(), ...this.stack.admin };
    const { clients, rate, mix, stock = STOCK } = this.settings;
    const every = (1000 * (clients + SHOPKEEPERS)) / rate;
    const seldom = signUps(Math.min(1, USUAL_RATE / rate));
    for (let i = 1; i <= SHOPKEEPERS; i += 1) {
      const client = i === 1 ? this.admin : this.client(`shopkeeper ${i}`);
      await client.become(identity);
      const keeper = new Shopkeeper(client, this.market, this.random.fork(), stock);
      for (let listed = 0; listed < 6; listed += 1) await keeper.step();
      this.run(() => keeper.step(), every);
    }
    for (let i = 1; i <= clients; i += 1) {
      const shopper = new Shopper(this.client(`shopper ${i}`), this.market, this.random.fork(), { ...seldom, ...mix });
      this.run(() => shopper.step(), every);
    }
  }

  /** No call begins any more; those under way are finished. */
  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.running);
  }

  /** A few writes when all others have stopped. */
  async lastWords(): Promise<void> {
    for (const id of this.market.products.slice(0, 5))
      await this.admin.call({
        operation: 'restock',
        method: 'POST',
        route: '/products/:id/stock',
        path: `/products/${id}/stock`,
        body: { quantity: 1 },
      });
  }

  private run(step: () => Promise<void>, every: number): void {
    const loop = async (): Promise<void> => {
      await pause(this.random.next() * every);
      while (this.going) {
        const next = performance.now() + every;
        await step();
        await pause(Math.max(0, next - performance.now()));
      }
    };
    const running = loop();
    // Told by stop(), not by the end of the whole process.
    running.catch(() => undefined);
    this.running.push(running);
  }

  private async adminId(): Promise<string> {
    const { email, password } = this.stack.admin;
    const response = await fetch(`${this.stack.gateway}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    if (response.status !== 201)
      throw new Error(`the admin cannot sign in: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { userId: string }).userId;
  }
}
