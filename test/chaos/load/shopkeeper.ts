/** The admin: lists products, receives stock, renames, reprices, and now and then withdraws. */
import type { Client, Request } from './client';
import { madeBy, outcomeOf, type Call } from './history';
import type { Market } from './market';
import type { Random } from './random';

const MIX = { restock: 50, rename: 15, reprice: 15, list: 15, withdraw: 1, product: 4 };
/** Fewer make more contention. */
const MOST_PRODUCTS = 60;

export class Shopkeeper {
  private made = 0;

  constructor(
    private readonly client: Client,
    private readonly market: Market,
    private readonly random: Random,
    /** Units that come at once, at most. */
    private readonly most: number,
  ) {}

  async step(): Promise<void> {
    const { products } = this.market;
    if (products.length < 10) return this.list();
    const id = this.random.of(products);
    switch (this.random.weighted(MIX)) {
      case 'restock':
        await this.onProduct('restock', id, {
          route: '/products/:id/stock',
          body: { quantity: this.random.between(1, this.most) },
        });
        return;
      case 'rename':
        return this.change(id, { title: `Renamed ${this.random.below(1_000_000)}` });
      case 'reprice':
        return this.change(id, { price: { amount: this.random.between(100, 9000), currency: 'EUR' } });
      case 'list':
        return products.length < MOST_PRODUCTS ? this.list() : undefined;
      case 'withdraw':
        return this.withdraw(id);
      case 'product':
        return void (await this.look(id));
    }
  }

  private async list(): Promise<void> {
    this.made += 1;
    const call = await this.client.call({
      operation: 'list',
      method: 'POST',
      route: '/products',
      body: {
        title: `${this.client.name} thing ${this.made}`,
        description: 'A thing to be fought over.',
        image: '/images/enamel-mug.svg',
        category: 'things',
        price: { amount: this.random.between(100, 9000), currency: 'EUR' },
        stock: this.random.between(0, this.most),
      },
    });
    const id = madeBy(call);
    if (id !== undefined) this.market.products.push(id);
  }

  private async change(id: string, body: object): Promise<void> {
    const { etag } = outcomeOf(await this.look(id));
    if (etag) await this.onProduct('change', id, { method: 'PATCH', body, headers: { 'if-match': etag } });
  }

  private async withdraw(id: string): Promise<void> {
    const call = await this.onProduct('withdraw', id, { method: 'DELETE' });
    if (outcomeOf(call).verdict === 'fail') return;
    const { products } = this.market;
    products.splice(products.indexOf(id), 1);
  }

  private look(id: string): Promise<Call> {
    return this.onProduct('read-product', id, { method: 'GET' });
  }

  private onProduct(operation: Request['operation'], id: string, request: Partial<Request>): Promise<Call> {
    const { method = 'POST', route = '/products/:id', ...rest } = request;
    return this.client.call({ operation, method, route, path: route.replace(':id', id), ...rest });
  }
}
