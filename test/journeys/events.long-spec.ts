import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from '@foldline/testing';
import { buy, callOn, newPerson, newProduct, signIn, type Caller } from './client';
import { Shop } from './shop';

const ROOT = resolve(__dirname, '../..');
let shop: Shop;
let call: Caller;
let admin: string;

beforeAll(async () => {
  shop = await Shop.create({ LOG_LEVEL: 'info' });
  const run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
}, 120_000);
afterAll(() => shop?.remove(), 60_000);

const command = (args: string[]) => [resolve(ROOT, 'tools/run.mjs'), 'events', ...args];
const env = () => ({ ...process.env, FOLDLINE_DATA: shop.dataDir });
const events = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, command(args), {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
    env: env(),
  });
  return { status, stdout, stderr, lines: stdout.split('\n').filter(Boolean) };
};

it('personal data is masked unless it is asked for', async () => {
  const { email } = await newPerson(call, 'Canary Someone');
  const shown = events('--log', 'users', '--type', 'UserSignedUp', '--limit', '1', '--json');
  expect(shown.status).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({ specversion: '1.0', type: 'shop.users.UserSignedUp.v1' });
  expect(JSON.parse(shown.stdout).data.personal).toEqual({ email: '***', displayName: '***' });
  const revealed = events('--log', 'users', '--type', 'UserSignedUp', '--limit', '1', '--reveal');
  expect(revealed.stdout).toContain(email);
});

it('the last events of a log, those of a stream and those from a position are found', async () => {
  for (let i = 0; i < 3; i += 1) await newProduct(call, admin);
  const last = events('--log', 'products', '--limit', '2', '--json').lines.map(line => JSON.parse(line));
  expect(last).toHaveLength(2);
  expect(last[1].position).toBe(last[0].position + 1);
  const [{ subject, position }] = last;
  expect(events('--stream', subject).lines).toHaveLength(2);
  const from = events('--log', 'products', '--from', String(position), '--json').lines.map(line => JSON.parse(line));
  expect(from.map(event => event.position)).toEqual([position, position + 1]);
  expect(events('--stream', 'nobody')).toMatchObject({ status: 0, stdout: '', stderr: 'No event matches.\n' });
});

it('new events are shown as they happen, until Ctrl-C', async () => {
  const child = spawn(process.execPath, command(['--log', 'products', '--limit', '1', '--follow', '--json']), {
    cwd: ROOT,
    env: env(),
  });
  let output = '';
  child.stdout.on('data', chunk => (output += String(chunk)));
  await eventually(() => expect(output).toContain('\n'), { timeout: 20_000 });
  const id = await newProduct(call, admin, { title: 'Seen live' });
  await eventually(() => expect(output).toContain(id), { timeout: 10_000 });
  const ended = new Promise(done => child.once('exit', done));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
}, 60_000);

it('a trace leads from the call through the events of all services to the readers that applied them', async () => {
  const { token } = await newPerson(call);
  const productId = await newProduct(call, admin);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const order = await buy(call, token, [{ productId, quantity: 1 }], { traceparent });
  expect(order.body.status).toBe('confirmed');
  await eventually(
    () => {
      const path = JSON.parse(events('--trace', traceId, '--json').stdout);
      expect(path.events.map((step: { event: { type: string } }) => step.event.type)).toEqual([
        'shop.orders.OrderPlaced.v1',
        'shop.products.StockReserved.v1',
        'shop.orders.OrderConfirmed.v1',
      ]);
      expect(path.logged).toMatchObject([
        { service: 'orders', text: expect.stringContaining('method=POST route=/orders status=201') },
      ]);
      const readers = path.events.flatMap((step: { readers: { reader: string; applied: boolean }[] }) => step.readers);
      expect(readers.every((reader: { applied: boolean }) => reader.applied)).toBe(true);
      expect(readers.map(({ reader }: { reader: string }) => reader)).toContain('user-orders_g1');
    },
    { timeout: 20_000 },
  );
}, 60_000);

it('wrong usage ends with 2 and says what would be right', () => {
  expect(events('--from', '3')).toMatchObject({ status: 2, stderr: expect.stringContaining('add --log') });
  expect(events('--log', 'orders', '--from', '99999').status).toBe(2);
  expect(events('--log', 'orders', '--from', '-1').status).toBe(2);
  expect(events('--log', 'orders; drop table')).toMatchObject({ status: 2, stderr: expect.stringContaining('users') });
  expect(events('--type', 'OrderEaten')).toMatchObject({ status: 2, stderr: expect.stringContaining('OrderPlaced') });
  expect(events('--trace', 'x').status).toBe(2);
  expect(events('--help').status).toBe(0);
}, 60_000);
