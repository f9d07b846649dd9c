/** What the shop shows of itself to the machine around it: ports, arguments, metrics, logs; started in an odd environment. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '@foldline/testing';
import { expressions } from '../monitoring';
import { Collector } from './collector';
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller, type Person } from './client';
import { argumentsOf, listenersOf, parentOf } from './listening';
import { Shop, type RunFile } from './shop';

jest.setTimeout(180_000);

let shop: Shop;
let run: RunFile;
let call: Caller;
let admin: string;
let person: Person;
let adminPort: number;
let collector: Collector;

const ODD = {
  TZ: 'Pacific/Apia',
  LANG: 'tr_TR.UTF-8',
  LC_ALL: 'tr_TR.UTF-8',
  HTTP_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  NODE_USE_ENV_PROXY: '1',
  ALL_PROXY: 'socks5://127.0.0.1:9',
  NODE_OPTIONS: '--no-deprecation --max-http-header-size=1000000',
  PGHOST: 'nowhere.invalid',
  PGUSER: 'nobody',
  PGOPTIONS: '-c search_path=public',
};

beforeAll(async () => {
  adminPort = await freePort();
  const collectorPort = await freePort();
  collector = await Collector.start(collectorPort);
  shop = await Shop.create({
    ...ODD,
    LOG_LEVEL: 'info',
    GATEWAY_ADMIN_PORT: String(adminPort),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  run = await shop.start();
  call = callOn(run.gateway);
  admin = (await signIn(call, run.admin.email, run.admin.password)).token;
  person = await newPerson(call);
});
afterAll(async () => {
  await shop.remove();
  await collector.stop();
});

const onLinux = process.platform === 'linux' ? it : it.skip;
const pids = (): number[] => {
  const services = Object.values(run.services).map(({ pid }) => pid);
  return [parentOf(run.services.gateway.pid), ...services, run.postgres.pid, run.nats.pid];
};

it('an odd environment changes nothing', async () => {
  const product = await newProduct(call, admin, { title: 'IĞDIR ışığı', stock: 3 });
  const order = await buy(call, person.token, [{ productId: product, quantity: 1 }]);
  expect(order.body.status).toBe('confirmed');
  expect(Math.abs(Date.parse(order.body.placedAt) - Date.now())).toBeLessThan(60_000);
  const path = `/users/${person.id}/products`;
  const { body } = await call('GET', path, { token: person.token, headers: after(order) });
  expect(body.items).toMatchObject([{ title: 'IĞDIR ışığı', quantity: 1, firstPurchasedAt: order.body.placedAt }]);
  const name = randomUUID();
  const signUp = (email: string) =>
    call('POST', '/users', { body: { email, password: 'a-long-enough-passphrase', displayName: 'İ' } });
  expect((await signUp(`INGI-${name}@EXAMPLE.com`)).status).toBe(201);
  expect((await signUp(`ingi-${name}@example.com`)).body.code).toBe('email-taken');
  const header = { 'x-long': 'x'.repeat(20_000) };
  expect((await call('GET', '/products', { headers: header })).status).toBe(431);
});

onLinux('what listens is what is told, to this machine only', () => {
  const told = [
    run.gateway,
    ...Object.values(run.services).map(({ url }) => url),
    run.nats.url,
    run.postgres.urls.users,
  ];
  const expected = [...told.map(url => new URL(url)).map(({ port }) => `127.0.0.1:${port}`), `127.0.0.1:${adminPort}`];
  expect(listenersOf(pids())).toEqual([...new Set(expected)].sort());
});

/** All that the shop keeps to itself; of its keys for the broker the half that is not public. */
async function secretsKept(): Promise<string[]> {
  const { nats, ...others } = JSON.parse(await readFile(join(shop.dataDir, 'secrets.json'), 'utf8')) as {
    nats: Record<string, { seed: string }>;
  };
  const seeds = Object.values(nats).map(({ seed }) => seed);
  const made = [...JSON.stringify(others).matchAll(/:"([^"\\]{16,})"/g)].map(([, text]) => text!);
  const passwords = Object.values(run.postgres.urls).map(url => new URL(url).password);
  expect(seeds.length).toBeGreaterThan(4);
  expect(made.length).toBeGreaterThan(4);
  return [...seeds, ...made, ...passwords, run.admin.password].filter(text => text !== run.admin.email);
}

onLinux('no secret stands in the arguments of a process, where every user could read it', async () => {
  for (const secret of await secretsKept()) for (const pid of pids()) expect(argumentsOf(pid)).not.toContain(secret);
});

it('no secret stands in a log or on the terminal but the login that is to be shown', async () => {
  const folder = join(shop.dataDir, 'logs');
  const logs = await Promise.all((await readdir(folder)).map(file => readFile(join(folder, file), 'utf8')));
  expect(logs.join('').length).toBeGreaterThan(1000);
  for (const secret of await secretsKept()) {
    expect(logs.filter(text => text.includes(secret))).toEqual([]);
    if (secret !== run.admin.password) expect(shop.terminal).not.toContain(secret);
  }
});

it('every metric and every label of the alerts and the dashboard is one that the services tell', async () => {
  const services = Object.entries(run.services).filter(([name]) => name !== 'gateway');
  const urls = [...services.map(([, { url }]) => url), `http://127.0.0.1:${adminPort}`];
  const texts = await Promise.all(urls.map(async url => (await fetch(`${url}/metrics`)).text()));
  const told = texts.join('\n');
  const names = new Set(told.split('\n').map(line => /^[a-z_0-9]+/.exec(line)?.[0]));
  const labels = new Set([...told.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
  for (const expr of expressions) {
    const wanted = expr.match(/foldline_[a-z_]+/g) ?? [];
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter(name => !names.has(name))).toEqual([]);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
    const filtered = [...expr.matchAll(/([a-z_]+)=~?"/g)].map(([, label]) => label!);
    expect([...grouped, ...filtered].filter(label => !labels.has(label))).toEqual([]);
  }
});

it('who was refused is in the logs, without what they sent; and no line of theirs begins another', async () => {
  const canary = `canary-${randomUUID()}`;
  await call('POST', '/sessions', { body: { email: `${canary}@example.com`, password: `${canary}-password` } });
  await call('GET', `/users/${person.id}`, { token: `${canary}.x.y` });
  await call('GET', `/users/${run.services.users.pid}`, { token: person.token });
  const other = await newPerson(call);
  await call('GET', `/users/${person.id}`, { token: other.token });
  await call('POST', '/users', {
    body: { email: `${canary}\r\n{"level":50,"msg":"forged"}`, password: canary, displayName: 'x' },
  });
  const folder = join(shop.dataDir, 'logs');
  const files = (await readdir(folder)).filter(file => !/^(postgres|nats)/.test(file));
  const lines = (await Promise.all(files.map(file => readFile(join(folder, file), 'utf8'))))
    .join('')
    .trim()
    .split('\n');
  expect(lines.join('\n')).not.toMatch(new RegExp(`${canary}|forged`));
  const read = lines.map(line => JSON.parse(line) as { msg?: string; code?: string; user?: string; traceId?: string });
  const refused = read.filter(({ msg }) => msg === 'request refused');
  for (const code of ['wrong-credentials', 'unauthenticated', 'forbidden', 'invalid-request'])
    expect(refused.map(line => line.code)).toContain(code);
  expect(refused.find(({ code, user }) => code === 'forbidden' && user === other.id)?.traceId).toMatch(
    /^[0-9a-f]{32}$/,
  );
});

it('a collector is told one trace from the call to the read model, and nothing of anybody; its end disturbs nobody', async () => {
  const product = await newProduct(call, admin);
  const traceId = randomUUID().replaceAll('-', '');
  const caller = '00f067aa0ba902b7';
  const headers = { traceparent: `00-${traceId}-${caller}-01` };
  const order = () => buy(call, person.token, [{ productId: product, quantity: 1 }], headers);
  expect((await order()).body.status).toBe('confirmed');
  const told = (): string[] => collector.spansOf(traceId).map(({ service, name }) => `${service}: ${name}`);
  await eventually(
    async () =>
      expect(told()).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^gateway: POST \/orders/),
          'orders: POST /orders',
          'products: apply OrderPlaced',
          'orders: apply StockReserved',
          'user-orders-query: apply OrderPlaced',
          'user-orders-query: apply OrderConfirmed',
        ]),
      ),
    { timeout: 20_000 },
  );
  const spans = collector.spansOf(traceId);
  const ids = new Set([caller, ...spans.map(({ spanId }) => spanId)]);
  expect(spans.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId))).toEqual([]);
  expect(spans.find(({ service }) => service === 'gateway')!.parentSpanId).toBe(caller);
  const all = collector.texts.join('\n');
  for (const secret of [person.email, person.password, person.token, person.id, 'Somebody', ...(await secretsKept())])
    expect(all).not.toContain(secret);
  // First it hangs, then it is gone.
  for (const end of [() => collector.die(), () => collector.stop()]) {
    await end();
    const started = performance.now();
    for (let i = 0; i < 5; i += 1) expect((await order()).body.status).toBe('confirmed');
    expect(performance.now() - started).toBeLessThan(5000);
  }
  for (const { url } of Object.values(run.services)) expect((await callOn(url)('GET', '/readyz')).status).toBe(200);
  expect((await shop.runFile()).services).toEqual(run.services);
  const ending = performance.now();
  expect(await shop.stop()).toBe(0);
  expect(performance.now() - ending).toBeLessThan(10_000);
});
