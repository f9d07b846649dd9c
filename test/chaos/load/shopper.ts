/** A customer: signs up, buys, cancels, repeats, looks at what it bought, and now and then at what is not its own. */
import { randomUUID } from 'node:crypto';
import type { Client } from './client';
import { madeBy, outcomeOf, type Call } from './history';
import type { Market } from './market';
import type { Random } from './random';

/** Of all shoppers. */
export const PASSWORD = 'a-long-enough-passphrase';

const MIX = {
  buy: 44,
  cancel: 7,
  purchases: 22,
  orders: 7,
  product: 6,
  repeat: 4,
  rename: 3,
  elsewhere: 4,
  restart: 1.5,
  rival: 1.5,
};
/** What shoppers do, by weights. */
export type Mix = typeof MIX;

/** The weights of what opens accounts, `times` as often as usual. */
export const signUps = (times: number): Partial<Mix> => ({ restart: MIX.restart * times, rival: MIX.rival * times });

export class Shopper {
  private readonly mine: string[] = [];
  private readonly cancelled = new Set<string>();

  constructor(
    readonly client: Client,
    private readonly market: Market,
    private readonly random: Random,
    private readonly mix: Partial<Mix> = {},
  ) {}

  async step(): Promise<void> {
    if (!this.client.identity) return this.signUp();
    switch (this.random.weighted({ ...MIX, ...this.mix })) {
      case 'buy':
        return this.buy();
      case 'cancel':
        return this.cancel();
      case 'purchases':
        return void (await this.read('read-purchases', 'products'));
      case 'orders':
        return void (await this.read('read-orders', 'orders'));
      case 'product':
        return this.lookAtProduct();
      case 'repeat':
        return this.repeat();
      case 'rename':
        return this.rename();
      case 'elsewhere':
        return this.lookElsewhere();
      case 'restart':
        return this.closeAndSignUp();
      case 'rival':
        return this.signUpTwice();
    }
  }

  private get id(): string {
    return this.client.identity!.id;
  }

  async signUp(): Promise<void> {
    const email = `${randomUUID()}@example.com`;
    const call = await this.client.call({
      operation: 'sign-up',
      method: 'POST',
      route: '/users',
      anonymous: true,
      body: { email, password: PASSWORD, displayName: this.name() },
    });
    const id = madeBy(call);
    if (id === undefined) return;
    this.market.customers.push(id);
    this.mine.length = 0;
    await this.client.become({ id, email, password: PASSWORD });
    this.client.token = outcomeOf(call).token;
  }

  private name(): string {
    return `Shopper ${this.random.below(1_000_000)}`;
  }

  private async buy(): Promise<void> {
    const { products } = this.market;
    if (products.length === 0) return;
    const lines = new Set(Array.from({ length: this.random.between(1, 3) }, () => this.random.of(products)));
    const wait = this.random.next() < 0.4;
    const call = await this.client.call({
      operation: 'buy',
      method: 'POST',
      route: '/orders',
      body: { items: [...lines].map(productId => ({ productId, quantity: this.random.between(1, 3) })) },
      ...(wait && { headers: { prefer: 'wait=5' } }),
    });
    const id = madeBy(call);
    if (id === undefined) return;
    this.mine.push(id);
    this.market.orders.push({ id, owner: this.id });
    // Reading at once is where a stale answer would show.
    if (wait) await this.read('read-purchases', 'products');
  }

  private async cancel(): Promise<void> {
    const open = this.mine.filter(id => !this.cancelled.has(id));
    if (open.length === 0) return;
    const id = this.random.of(open);
    const call = await this.client.call({
      operation: 'cancel',
      method: 'POST',
      route: '/orders/:id/cancellation',
      path: `/orders/${id}/cancellation`,
    });
    if (outcomeOf(call).verdict === 'ok') this.cancelled.add(id);
  }

  private read(operation: 'read-purchases' | 'read-orders', list: string): Promise<Call> {
    return this.client.call({
      operation,
      method: 'GET',
      route: `/users/:id/${list}`,
      path: `/users/${this.id}/${list}`,
      headers: { prefer: 'wait=3' },
    });
  }

  private async lookAtProduct(): Promise<void> {
    const { products } = this.market;
    if (products.length === 0) return;
    const id = this.random.of(products);
    await this.client.call({
      operation: 'read-product',
      method: 'GET',
      route: '/products/:id',
      path: `/products/${id}`,
    });
  }

  /** The same purchase twice at once with one key. */
  private async repeat(): Promise<void> {
    const { products } = this.market;
    if (products.length === 0) return;
    const key = randomUUID();
    const body = { items: [{ productId: this.random.of(products), quantity: 1 }] };
    const request = { operation: 'buy', method: 'POST', route: '/orders', key, body } as const;
    const calls = await Promise.all([this.client.call(request), this.client.call(request)]);
    const id = calls.map(madeBy).find(made => made !== undefined);
    if (id !== undefined) this.mine.push(id);
  }

  private async rename(): Promise<void> {
    await this.client.call({
      operation: 'rename-user',
      method: 'PATCH',
      route: '/users/:id',
      path: `/users/${this.id}`,
      body: { displayName: this.name() },
    });
  }

  /** What belongs to somebody else must be refused, whatever is broken at the moment. */
  private async lookElsewhere(): Promise<void> {
    const others = this.market.customers.filter(id => id !== this.id);
    const orders = this.market.orders.slice(-200).filter(({ owner }) => owner !== this.id);
    const [operation, method] = ['look-elsewhere', 'GET'] as const;
    if (orders.length > 0 && this.random.next() < 0.4) {
      const { id } = this.random.of(orders);
      await this.client.call({ operation, method, route: '/orders/:id', path: `/orders/${id}` });
    } else if (others.length > 0) {
      const [id, list] = [this.random.of(others), this.random.of(['/products', '/orders', ''])];
      await this.client.call({ operation, method, route: `/users/:id${list}`, path: `/users/${id}${list}` });
    }
  }

  private async closeAndSignUp(): Promise<void> {
    await this.client.call({
      operation: 'close-account',
      method: 'DELETE',
      route: '/users/:id',
      path: `/users/${this.id}`,
    });
    this.market.customers.splice(
      0,
      this.market.customers.length,
      ...this.market.customers.filter(id => id !== this.id),
    );
    this.client.identity = undefined;
    await this.signUp();
  }

  /** Two people want one address at the same moment: at most one gets it. */
  private async signUpTwice(): Promise<void> {
    const email = `${randomUUID()}@example.com`;
    const request = (address: string) =>
      this.client.call({
        operation: 'sign-up',
        method: 'POST',
        route: '/users',
        anonymous: true,
        body: { email: address, password: PASSWORD, displayName: this.name() },
      });
    await Promise.all([request(email), request(email.toUpperCase())]);
  }
}
