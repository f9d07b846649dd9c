/** Many at once: one key a hundred times (row 50), one product a hundred times, and changed while it is bought (row 53). */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
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

const [BUYERS, ROUNDS, PATCHES] = [8, 20, 2];
/** More than can be bought meanwhile. */
const STOCK = 10_000;

/** Its stream moves all the time: a change of a version that is gone must be refused, however late that is noticed. */
export const soldWhileChanged: Fault = {
  row: 53,
  name: 'one product changed again and again while it is bought',
  async inject(scene) {
    const { admin, market } = scene.crowd;
    const id = scene.random.of(market.products);
    const [route, path] = ['/products/:id', `/products/${id}`];
    const stock = {
      operation: 'restock',
      method: 'POST',
      route: '/products/:id/stock',
      path: `${path}/stock`,
    } as const;
    await admin.call({ ...stock, body: { quantity: STOCK } });
    const buyer = await newClient(scene, 'racer');
    const buy = { operation: 'buy', method: 'POST', route: '/orders' } as const;
    let isSold = true;
    const buys = async (): Promise<void> => {
      for (; isSold; await pause(20)) await buyer.call({ ...buy, body: { items: [{ productId: id, quantity: 1 }] } });
    };
    let [changed, refused] = [0, 0];
    const changeTo = async (title: string): Promise<void> => {
      const { etag } = outcomeOf(await admin.call({ operation: 'read-product', method: 'GET', route, path }));
      if (!etag) return;
      const headers = { 'if-match': etag };
      const change = (n: number) =>
        admin.call({ operation: 'change', method: 'PATCH', route, path, body: { title: `${title}.${n}` }, headers });
      const calls = await Promise.all(Array.from({ length: PATCHES }, (_, n) => change(n)));
      changed += calls.filter(call => outcomeOf(call).verdict === 'ok').length;
      refused += calls.filter(call => outcomeOf(call).verdict === 'fail').length;
    };
    const buying = Promise.all(Array.from({ length: BUYERS }, buys));
    for (let round = 1; round <= ROUNDS; round += 1) await changeTo(`Round ${round}`);
    isSold = false;
    await buying;
    // One of these is the first, whatever became of those before.
    for (let calm = 1; changed === 0 && calm <= ROUNDS; calm += 1) await changeTo(`Sold no more ${calm}`);
    return { count: Math.min(changed, refused), note: `${changed} changes, ${refused} refused` };
  },
};

export const races = [oneKey, hotStream, soldWhileChanged];
