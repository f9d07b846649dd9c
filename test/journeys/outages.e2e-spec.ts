/** The shop while parts of it are dead or wiped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@foldline/testing';
import { callOn, newProduct } from './client';
import { OneBuyer } from './one-buyer';
import type { ServiceName } from './shop';

jest.setTimeout(300_000);

let buyer: OneBuyer;
let product: string;

beforeAll(async () => {
  buyer = await OneBuyer.open();
  product = await newProduct(buyer.call, buyer.admin, { title: 'Constant', stock: 1000 });
  await buyer.buyNew('First');
});
afterAll(() => buyer.shop.remove());

it('keeps its secrets to its owner', async () => {
  expect((await stat(join(buyer.shop.dataDir, 'run.json'))).mode & 0o777).toBe(0o600);
});

it('commands work while NATS is down, and are seen when it is back', async () => {
  const { shop, call, person } = buyer;
  const { nats } = await shop.runFile();
  process.kill(nats.pid, 'SIGSTOP');
  const order = await call('POST', '/orders', {
    token: person.token,
    body: { items: [{ productId: product, quantity: 1 }] },
  });
  expect(order).toMatchObject({ status: 201, body: { status: 'placed' } });
  const read = await call('GET', `/users/${person.id}/products`, { token: person.token });
  expect(read.status).toBe(200);
  process.kill(nats.pid, 'SIGCONT');
  await eventually(async () => expect(await buyer.titlesBought()).toContain('Constant'), { timeout: 30_000 });
});

it('the JetStream store deleted while running loses nothing', async () => {
  const { nats } = await buyer.shop.runFile();
  await rm(join(nats.storeDir, 'jetstream'), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  await buyNewWithin('Over a deleted store', 30_000);
});

it('NATS killed and its store deleted loses nothing', async () => {
  const { nats } = await buyer.shop.runFile();
  process.kill(nats.pid, 'SIGKILL');
  await rm(nats.storeDir, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  await eventually(async () => expect((await buyer.shop.runFile()).nats.pid).not.toBe(nats.pid), { timeout: 20_000 });
  await buyNewWithin('Over an empty store', 30_000);
});

/** Places now, and waits for the reader longer than one request may. */
async function buyNewWithin(title: string, timeout: number): Promise<void> {
  const { call, admin, person } = buyer;
  const id = await newProduct(call, admin, { title });
  await eventually(
    async () => {
      const order = await call('POST', '/orders', {
        token: person.token,
        body: { items: [{ productId: id, quantity: 1 }] },
      });
      expect(order.status).toBe(201);
    },
    { timeout },
  );
  await eventually(async () => expect(await buyer.titlesBought()).toContain(title), { timeout });
}

/** Starts a service as the supervisor had started it, from what the system remembers of its process. */
function revive(pid: number): () => ChildProcess {
  const words = (file: string): string[] => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean);
  const [command, ...args] = words('cmdline');
  const env = Object.fromEntries(
    words('environ').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return () => spawn(command!, args, { env, stdio: 'ignore', cwd: join(__dirname, '../..') });
}

it('with users, products, orders and NATS dead the query service answers unchanged, also after its own restart', async () => {
  await buyer.expectReady();
  const { shop, run, person } = buyer;
  const direct = callOn(run.services['user-orders-query'].url);
  const read = async (): Promise<unknown> => {
    const answer = await direct('GET', `/users/${person.id}/products`, { token: person.token });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  await eventually(async () => expect(((await read()) as { pending: number }).pending).toBe(0));
  const before = await read();
  const query = run.services['user-orders-query'].pid;
  const again = revive(query);
  shop.suspend();
  let revived: ChildProcess | undefined;
  try {
    for (const name of ['users', 'products', 'orders'] as ServiceName[])
      process.kill(run.services[name].pid, 'SIGKILL');
    process.kill(run.nats.pid, 'SIGKILL');
    expect(await read()).toEqual(before);
    process.kill(query, 'SIGKILL');
    await eventually(() =>
      direct('GET', '/livez').then(
        () => Promise.reject(new Error('still answers')),
        () => undefined,
      ),
    );
    revived = again();
    await eventually(async () => expect(await read()).toEqual(before), { timeout: 20_000 });
  } finally {
    revived?.kill('SIGKILL');
    shop.resume();
  }
  await eventually(() => buyer.expectReady(), { timeout: 30_000 });
  await buyer.buyNew('After all were dead');
});
