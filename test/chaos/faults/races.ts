/** Many at once: one key a hundred times (row 50), one product a hundred times (row 53). */
import { randomUUID } from 'node:crypto';
import { madeBy, outcomeOf } from '../load/history';
import { Shopper } from '../load/shopper';
import type { Fault, FaultScene } from './fault';

const MANY = 100;

async function newClient({ crowd, random }: FaultScene, name: string) {
  const client = crowd.client(name);
  await new Shopper(client, crowd.market, random.fork()).signUp();
  if (!client.identity) throw new Error('nobody could be signed up');
  return client;
}

const oneKey: Fault = {
  row: 50,
  name: 'one key a hundred times at once, by two users',
  async inject(scene) {
    const productId = scene.random.of(scene.crowd.market.products);
    const key = randomUUID();
    const request = { operation: 'buy', method: 'POST', route: '/orders', key } as const;
    const body = { items: [{ productId, quantity: 1 }] };
    const answers = [];
    for (const name of ['racer 1', 'racer 2']) {
      const client = await newClient(scene, name);
      const calls = await Promise.all(Array.from({ length: MANY }, () => client.call({ ...request, body })));
      const ids = new Set(calls.map(madeBy).filter(id => id !== undefined));
      answers.push([...ids]);
    }
    const apart = answers.every(ids => ids.length === 1) && answers[0]![0] !== answers[1]![0];
    // One order each: a key belongs to its user.
    return { count: apart ? 2 * MANY : 0, note: `orders: ${answers.map(ids => ids.length).join(' and ')}` };
  },
};

const hotStream: Fault = {
  row: 53,
  name: 'one product changed a hundred times at once',
  async inject({ crowd, random }) {
    const id = random.of(crowd.market.products);
    const calls = await Promise.all(
      Array.from({ length: MANY }, () =>
        crowd.admin.call({
          operation: 'restock',
          method: 'POST',
          route: '/products/:id/stock',
          path: `/products/${id}/stock`,
          body: { quantity: 1 },
        }),
      ),
    );
    const count = calls.filter(call => outcomeOf(call).verdict === 'ok').length;
    return { count, note: `${count} of ${MANY} went through` };
  },
};

export const races = [oneKey, hotStream];
