/** What was killed comes back, alone or all at once, and what was there is there. */
import { eventually } from '@foldline/testing';
import { OneBuyer } from './one-buyer';

jest.setTimeout(300_000);

let buyer: OneBuyer;

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  buyer = await OneBuyer.open();
  await buyer.buyNew('First');
});
afterAll(() => buyer.shop.remove());

it.each(['users', 'products', 'orders', 'user-orders-query', 'gateway'] as const)(
  'a killed %s is back within seconds, with nothing lost',
  async name => {
    const before = (await buyer.shop.runFile()).services[name].pid;
    process.kill(before, 'SIGKILL');
    await eventually(
      async () => {
        const { pid } = (await buyer.shop.runFile()).services[name];
        expect(pid).not.toBe(before);
        await buyer.expectReady();
      },
      { timeout: 20_000 },
    );
    await buyer.buyNew(`After ${name}`);
  },
);

it('Ctrl-C stops every process, and a second start has everything that was there', async () => {
  const run = await buyer.shop.runFile();
  const bought = await buyer.titlesBought();
  expect(await buyer.shop.stop()).toBe(0);
  const pids = [run.postgres.pid, run.nats.pid, ...Object.values(run.services).map(service => service.pid)];
  await eventually(() => expect(pids.filter(alive)).toEqual([]));
  await buyer.start();
  await eventually(async () => expect((await buyer.titlesBought()).sort()).toEqual(bought.sort()), { timeout: 20_000 });
});

it('everything killed at once, then started again, has everything that was there', async () => {
  const bought = await buyer.titlesBought();
  const run = await buyer.shop.runFile();
  await buyer.shop.stop('SIGKILL');
  for (const { pid } of [...Object.values(run.services), run.postgres, run.nats])
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  await buyer.start();
  await eventually(async () => expect((await buyer.titlesBought()).sort()).toEqual(bought.sort()), { timeout: 20_000 });
  // What was killed in the middle of a write may be started once more by the supervisor.
  await eventually(() => buyer.expectReady(), { timeout: 30_000 });
  await buyer.buyNew('After everything');
});
