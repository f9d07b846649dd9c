/** The read model split by user: two processes, each with a database of its own, both fed by the same logs. */
import { encodeToken, partitionOf } from '@foldline/contracts';
import { idOf, incarnationOf, ShopHistory } from '../src/projection/shop-history';
import { QueryService } from './query-service';

jest.setTimeout(120_000);

const [ONE, TWO] = [2, 3];
const services: QueryService[] = [];

beforeAll(async () => {
  const history = new ShopHistory();
  for (const READ_PARTITION of ['1/2', '2/2']) services.push(await QueryService.start({ READ_PARTITION }, history));
  history.signedUp(ONE).signedUp(TWO).listed(1).listed(2);
  for (const [order, user] of [ONE, TWO, ONE].entries())
    history
      .placedOrder(order, user, [{ product: (order % 2) + 1, quantity: 1, unitPrice: 100 }], order)
      .confirmed(order);
});
afterAll(() => Promise.all(services.map(service => service.close())));

/** What partition `number` says of a user, once it has read all of the logs. */
async function ask(number: number, list: string, user: number) {
  const service = services[number - 1]!;
  const { logs } = service.history;
  const token = encodeToken(
    Object.fromEntries(
      Object.entries(logs).map(([log, { length }]) => [
        log,
        { incarnation: incarnationOf(log as keyof typeof logs), position: length },
      ]),
    ),
  );
  const id: string = idOf('user', user);
  const headers = { 'consistency-token': token, prefer: 'wait=20' };
  return service.get(`/users/${id}/${list}`, await service.tokenFor(id), headers);
}

it.each([
  [ONE, 1, [1]],
  [TWO, 2, [2]],
])(
  'user %i is answered by partition %i, with every purchase and the positions of all events',
  async (user, number, bought) => {
    expect(partitionOf(idOf('user', user), 2)).toBe(number);
    const answer = await ask(number, 'products', user);
    expect(answer.status).toBe(200);
    expect(answer.body.items.map(({ title }: { title: string }) => title)).toEqual(bought.map(n => `Product ${n}`));
    expect(answer.headers.get('foldline-positions')).toBe('users=2, products=2, orders=6');
    expect((await ask(number, 'orders', user)).body.items).toHaveLength(user === ONE ? 2 : 1);
  },
);

it.each([
  ['products', ONE, 2],
  ['orders', TWO, 1],
])('the %s of user %i are not denied by partition %i but said to be elsewhere', async (list, user, number) => {
  const answer = await ask(number, list, user);
  expect([answer.status, answer.body.code]).toEqual([421, 'misdirected-request']);
});

it.each([['2/2'], ['1/4'], [undefined]])(
  'a database of partition 1/2 is refused to READ_PARTITION=%p',
  async READ_PARTITION => {
    const [service] = services as [QueryService];
    await service.down();
    await expect(service.up({ READ_PARTITION })).rejects.toThrow(/keeps partition 1\/2 of user-orders.*own/s);
    await service.up();
    expect((await ask(1, 'products', ONE)).status).toBe(200);
  },
);

it.each(['3/2', '1/3', 'one'])('%p is a wrong setting', async READ_PARTITION => {
  const [service] = services as [QueryService];
  await service.down();
  await expect(service.up({ READ_PARTITION })).rejects.toThrow(/READ_PARTITION.*must be like 1\/2/s);
  await service.up();
});
