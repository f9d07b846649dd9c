/** A shop of a scenario's own, small and known: one customer, and one product that never runs out. */
import { Client } from '../load/client';
import { madeBy, outcomeOf, type History } from '../load/history';
import { Market } from '../load/market';
import { Random } from '../load/random';
import { Shopper } from '../load/shopper';
import type { ChaosStack } from '../stack/chaos-stack';

const AT_ONCE = 40;

/** A customer and a product with stock enough. */
export async function stocked(stack: ChaosStack, history: History) {
  const client = (name: string) => new Client(name, stack.gateway, history, () => true);
  const admin = client('shopkeeper');
  await admin.become({ id: '', ...stack.admin });
  const listed = await admin.call({
    operation: 'list',
    method: 'POST',
    route: '/products',
    body: {
      title: 'Plenty',
      description: '',
      image: '/images/enamel-mug.svg',
      category: 'things',
      price: { amount: 100, currency: 'EUR' },
      stock: 100_000,
    },
  });
  const productId = madeBy(listed);
  const buyer = client('shopper');
  await new Shopper(buyer, new Market(), new Random(1)).signUp();
  const buy = () =>
    buyer.call({
      operation: 'buy',
      method: 'POST',
      route: '/orders',
      body: { items: [{ productId, quantity: 1 }] },
    });
  return {
    /** The customer: asks one thing after the other. */
    buyer,
    /** Gives the ids of the orders. */
    async place(count: number): Promise<readonly string[]> {
      const placed: string[] = [];
      // A token of the log as it was would be refused by the log as it is.
      while (placed.length < count) {
        buyer.token = undefined;
        const calls = await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - placed.length) }, buy));
        const done = calls.flatMap(call => madeBy(call) ?? []);
        if (done.length === 0) throw new Error(`no order was taken: ${JSON.stringify(outcomeOf(calls[0]!))}`);
        placed.push(...done);
      }
      return placed;
    },
  };
}
