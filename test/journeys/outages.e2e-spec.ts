/** The shop while parts of it are dead, wiped, or started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@foldline/testing';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller, type Person } from './client';
import { Shop, type RunFile, type ServiceName } from './shop';

jest.setTimeout(300_000);

let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let person: Person;
let product: string;

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const ready = async (): Promise<void> => {
  run = await shop.runFile();
  for (const { url } of Object.values(run.services)) expect((await callOn(url)('GET', '/readyz')).status).toBe(200);
};
const titlesBought = async (headers: Record<string, string> = {}): Promise<string[]> => {
  const { status, body, text } = await call('GET', `/users/${person.id}/products`, { token: person.token, headers });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return body.items.map((item: { title: string }) => item.title);
};
const buyNew = async (title: string): Promise<void> => {
  const id = await newProduct(call, admin, { title });
  const order = await buy(call, person.token, [{ productId: id, quantity: 1 }]);
  expect(order.body.status).toBe('confirmed');
  expect(await titlesBought(after(order))).toContain(title);
};

beforeAll(async () => {
  shop = await Shop.create({ REQUESTS_PER_ADDRESS: '1000000' });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  person = await newPerson(call);
  product = await newProduct(call, admin, { title: 'Constant', stock: 1000 });
  await buyNew('First');
});
afterAll(() => shop.remove());

it('keeps its secrets to its owner', async () => {
  expect((await stat(join(shop.dataDir, 'run.json'))).mode & 0o777).toBe(0o600);
});

it.each(['users', 'products', 'orders', 'user-orders-query', 'gateway'] as const)(
  'a killed %s is back within seconds, with nothing lost',
  async name => {
    const before = (await shop.runFile()).services[name].pid;
    process.kill(before, 'SIGKILL');
    await eventually(
      async () => {
        const { pid } = (await shop.runFile()).services[name];
        expect(pid).not.toBe(before);
        await ready();
      },
      { timeout: 20_000 },
    );
    await buyNew(`After ${name}`);
  },
);

it('commands work while NATS is down, and are seen when it is back', async () => {
  run = await shop.runFile();
  process.kill(run.nats.pid, 'SIGSTOP');
  const order = await call('POST', '/orders', {
    token: person.token,
    body: { items: [{ productId: product, quantity: 1 }] },
  });
  expect(order).toMatchObject({ status: 201, body: { status: 'placed' } });
  const read = await call('GET', `/users/${person.id}/products`, { token: person.token });
  expect(read.status).toBe(200);
  process.kill(run.nats.pid, 'SIGCONT');
  await eventually(async () => expect(await titlesBought()).toContain('Constant'), { timeout: 30_000 });
});

it('the JetStream store deleted while running loses nothing', async () => {
  run = await shop.runFile();
  await rm(join(run.nats.storeDir, 'jetstream'), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  await buyNewWithin('Over a deleted store', 30_000);
});

it('NATS killed and its store deleted loses nothing', async () => {
  run = await shop.runFile();
  const before = run.nats.pid;
  process.kill(before, 'SIGKILL');
  await rm(run.nats.storeDir, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  await eventually(async () => expect((await shop.runFile()).nats.pid).not.toBe(before), { timeout: 20_000 });
  await buyNewWithin('Over an empty store', 30_000);
});

/** Places now, and waits for the reader longer than one request may. */
async function buyNewWithin(title: string, timeout: number): Promise<void> {
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
  await eventually(async () => expect(await titlesBought()).toContain(title), { timeout });
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
  await ready();
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
  await eventually(ready, { timeout: 30_000 });
  await buyNew('After all were dead');
});

it('Ctrl-C stops every process, and a second start has everything that was there', async () => {
  run = await shop.runFile();
  const bought = await titlesBought();
  expect(await shop.stop()).toBe(0);
  const pids = [run.postgres.pid, run.nats.pid, ...Object.values(run.services).map(service => service.pid)];
  await eventually(() => expect(pids.filter(alive)).toEqual([]));
  run = await shop.start();
  call = callOn(run.gateway);
  await eventually(async () => expect((await titlesBought()).sort()).toEqual(bought.sort()), { timeout: 20_000 });
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
});

it('everything killed at once, then started again, has everything that was there', async () => {
  const bought = await titlesBought();
  run = await shop.runFile();
  await shop.stop('SIGKILL');
  for (const { pid } of [...Object.values(run.services), run.postgres, run.nats])
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  run = await shop.start();
  call = callOn(run.gateway);
  await eventually(async () => expect((await titlesBought()).sort()).toEqual(bought.sort()), { timeout: 20_000 });
  // What was killed in the middle of a write may be started once more by the supervisor.
  await eventually(ready, { timeout: 30_000 });
  await buyNew('After everything');
});
