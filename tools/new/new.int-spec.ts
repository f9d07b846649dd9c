/** `npm run new`: what it changes, and what it refuses and leaves alone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const CHANGED = [
  ...['libs/contracts', 'tools/replay/targets.ts', 'apps/orders/src/domain', 'apps/orders/src/lookups'],
  ...['nest-cli.json', 'docker-compose.yml', '.prettierrc.json'],
];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foldline-new-'));
  for (const path of CHANGED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const CALL = `require(${JSON.stringify(join(__dirname, 'main.cjs'))})
  .runNew(process.argv.slice(2), { say: console.log, complain: console.error, root: process.argv[1] })
  .then(code => (process.exitCode = code))`;
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['-e', CALL, '--', folder, ...args], { encoding: 'utf8', cwd: ROOT });
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const everything = (): string =>
  execFileSync('sh', ['-c', 'find . -type f | sort | xargs cat | cksum'], { cwd: folder, encoding: 'utf8' });

it('a service has its place in every list, and nothing else is moved', () => {
  const { status, stdout } = run('service', 'reviews');
  expect([status, stdout]).toEqual([0, expect.stringContaining('wrote        apps/reviews/src/reviews.module.ts')]);
  const { owners } = JSON.parse(read('libs/contracts/services.json'));
  expect(owners.reviews).toEqual({ port: 8085, routes: ['/reviews', '/reviews/:id'], reads: {} });
  expect(JSON.parse(read('nest-cli.json')).projects.reviews.sourceRoot).toBe('apps/reviews/src');
  for (const path of ['docker-compose.yml', 'nest-cli.json', 'libs/contracts/services.json']) {
    const lines = new Set(read(path).split('\n'));
    expect(
      readFileSync(join(ROOT, path), 'utf8')
        .split('\n')
        .filter(line => !lines.has(line)),
    ).toEqual([]);
  }
  expect(read('apps/reviews/src/main.ts')).not.toMatch(/widget/i);
});

it('an event of an existing service is declared, stored once, and known to its state', () => {
  expect(run('event', 'orders', 'OrderShipped').status).toBe(0);
  expect(read('libs/contracts/src/events/order.events.ts')).toContain('  OrderShipped: [OrderShippedV1],\n');
  expect(read('libs/contracts/corpus/events.jsonl').match(/shop\.orders\.OrderShipped\.v1/g)).toHaveLength(1);
  expect(read('apps/orders/src/domain/order.evolve.ts')).toContain("case 'OrderShipped':");
});

it('the next version of an event is declared with how the one before becomes it, and stored once', () => {
  expect(run('version', 'orders', 'OrderRejected').status).toBe(0);
  expect(run('version', 'orders', 'OrderCancelled').status).toBe(0);
  const events = read('libs/contracts/src/events/order.events.ts');
  expect(events).toContain('export class OrderRejectedV2 extends OrderRejectedV1 {}\n');
  expect(events).toContain('{ data: OrderRejectedV2, upcast: (before: OrderRejectedV1) => ({ ...before }) }');
  expect(events).toContain('{ data: OrderCancelledV3, upcast: (before: OrderCancelledV2) => ({ ...before }) },');
  const stored = read('libs/contracts/corpus/events.jsonl').trimEnd().split('\n');
  const [rejected, cancelled] = stored.slice(-2).map(line => JSON.parse(line));
  expect(rejected).toMatchObject({ type: 'shop.orders.OrderRejected.v2', data: { code: 'out-of-stock' } });
  expect(cancelled).toMatchObject({ type: 'shop.orders.OrderCancelled.v3', position: rejected.position + 1 });
});

it('a projection may read the logs it names, and can be replayed', () => {
  expect(run('projection', 'user-orders-query', 'best-sellers', 'orders', 'products').status).toBe(0);
  const { query } = JSON.parse(read('libs/contracts/services.json')).readers;
  expect(query.reads.orders).toEqual(['user-orders', 'user-orders-on-mongo', 'best-sellers']);
  expect(read('tools/replay/targets.ts')).toContain('model: { projection: bestSellers }');
  expect(read('apps/user-orders-query/src/best-sellers/best-sellers.project.ts')).toContain("case 'StockRefused':");
});

it.each([
  [['service', 'reviews', '--dry-run'], 0, 'would write'],
  [['service'], 2, 'bad-name'],
  [['service', 'Reviews'], 2, 'bad-name'],
  [['service', '../reviews'], 2, 'bad-name'],
  [['service', 'reviews; rm -rf /'], 2, 'bad-name'],
  [['service', 'orders'], 2, 'name-taken'],
  [['service', 'query'], 2, 'bad-name'],
  [['service', 'gateway'], 2, 'name-taken'],
  [['event', 'orders', 'OrderPlaced'], 2, 'name-taken'],
  [['event', 'orders', 'shipped'], 2, 'bad-name'],
  [['event', 'reviews', 'ReviewWithdrawn'], 2, 'unknown-service'],
  [['event', 'constructor', 'ReviewWithdrawn'], 2, 'unknown-service'],
  [['version', 'orders', 'OrderShipped'], 2, 'unknown-event'],
  [['version', 'reviews', 'ReviewCreated'], 2, 'unknown-service'],
  [['version', 'orders'], 2, 'bad-name'],
  [['projection', 'orders', 'known-facts', 'users'], 2, 'name-taken'],
  [['projection', 'orders', 'Known Facts', 'users'], 2, 'bad-name'],
  [['projection', 'orders', 'best-sellers', 'carts'], 2, 'bad-usage'],
  [['projection', 'orders', 'best-sellers'], 2, 'bad-usage'],
  [['service', 'reviews', '--force'], 2, 'bad-usage'],
  [['poem'], 2, 'bad-usage'],
] as const)('%j changes nothing', (args, code, said) => {
  const before = everything();
  const { status, stdout, stderr } = run(...args);
  expect([status, `${stdout}${stderr}`]).toEqual([code, expect.stringContaining(said)]);
  expect(everything()).toBe(before);
});

it('a place that is not found is named, with the lines that belong there', () => {
  rmSync(join(folder, 'docker-compose.yml'));
  const { status, stderr } = run('service', 'reviews');
  expect([status, stderr]).toEqual([2, expect.stringContaining('docker-compose.yml is not there')]);
});
