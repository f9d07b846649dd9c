/** Two hundred buyers of twenty units while appends are swallowed and the services are killed (row 51). */
import { setTimeout as pause } from 'node:timers/promises';
import { madeBy } from '../load/history';
import { Shopper } from '../load/shopper';
import type { ShopModel } from '../model/shop-model';
import type { Fault } from './fault';

const [BUYERS, UNITS, BUYS_EACH] = [20, 20, 10];

export const rush: Fault = {
  row: 51,
  name: '200 buyers of 20 units, with kills and lost answers',
  async inject({ stack, crowd, random }) {
    const listed = await crowd.admin.call({
      operation: 'list',
      method: 'POST',
      route: '/products',
      body: {
        title: 'The last twenty',
        description: 'Everybody wants one.',
        image: '/images/enamel-mug.svg',
        category: 'things',
        price: { amount: 100, currency: 'EUR' },
        stock: UNITS,
      },
    });
    const productId = madeBy(listed);
    if (!productId) return { count: 0, note: 'the product could not be listed' };
    const clients = Array.from({ length: BUYERS }, (_, i) => crowd.client(`rusher ${i + 1}`));
    await Promise.all(clients.map(client => new Shopper(client, crowd.market, random.fork()).signUp()));
    const buying = clients.flatMap(client =>
      Array.from({ length: BUYS_EACH }, () =>
        client.call({
          operation: 'buy',
          method: 'POST',
          route: '/orders',
          body: { items: [{ productId, quantity: 1 }] },
        }),
      ),
    );
    for (const service of ['orders', 'products'] as const) {
      const proxy = stack.toPostgres.get(service)!;
      proxy.swallowReplyTo('log-append', 2);
      await pause(150);
      stack.program(service).signal('SIGKILL');
    }
    await Promise.all(buying);
    stack.heal();
    return {
      count: buying.length,
      note: `${buying.length} at once`,
      expects: model => soldOut(model, productId),
    };
  },
};

/** Refusals prove that there was something to fight over. */
function soldOut(model: ShopModel, productId: string): string[] {
  const wanting = [...model.orders.values()].filter(({ lines }) => lines.some(line => line.productId === productId));
  const sold = wanting.filter(({ confirmed }) => confirmed).length;
  const refused = wanting.filter(({ rejected }) => rejected).length;
  if (wanting.length <= UNITS) return [`only ${wanting.length} orders wanted one of ${UNITS} units`];
  if (sold === UNITS && refused === wanting.length - UNITS) return [];
  return [`of ${UNITS} units ${sold} were sold to ${wanting.length} orders, ${refused} refused`];
}
