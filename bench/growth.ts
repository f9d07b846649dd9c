/** `npm run bench -- growth`: one shop that grows; at each size the same append, read, rebuild and start are measured. */
import { setTimeout as pause } from 'node:timers/promises';
import { streamOf, type OrderId, type UserId } from '@foldline/contracts';
import { PostgresEventLog } from '@foldline/event-log';
import { newId, timeNow } from '@foldline/service-kit';
import { memoryKb } from './core/cpu';
import { withDatabase } from './core/database';
import { fillShop, signerOf, type History } from './core/history';
import { loadHttp } from './core/http-load';
import { measure, median, type Measured } from './core/measure';
import { numbersOf } from './core/options';
import { OwnShop, type ProgramName } from './core/own-shop';
import { Progress } from './core/progress';
import { LOGS, sql, untilQuiet } from './core/shop-sql';
import { tell, type Beside, type Size } from './growth-table';
import { ours } from './rebuild';

const SIZES = [10_000, 100_000];
const PROGRAMS = ['users', 'products', 'orders', 'user-orders-query', 'gateway'] as const;
const PRODUCTS = 500;
const [ORDERS_PER_USER, LINES_PER_ORDER] = [4, 5];
const PURCHASES_PER_USER = ORDERS_PER_USER * LINES_PER_ORDER;
const CALLERS = 32;
const ROUNDS = 7;
const APPEND_MS = 80;
/** Until the code that appends is compiled, by another log: the shop's stays as short as it should be. */
const WARM_UP_MS = 3_000;
const CONNECTIONS = 64;
const READ_MS = 1_000;
const SIGNED_IN = 2_000;
/** What a purchase was seen to take until it is decided, projected and on its page. */
const MS_PER_PURCHASE = 0.15;

/** Sums up rounds that are short, so that a small shop stays one. */
const medians = (rounds: readonly Measured[]): Measured => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
});

/** Nothing but the databases works meanwhile: no program reacts to what is appended until it goes on. */
async function whileStandingStill<T>(shop: OwnShop, work: () => Promise<T>): Promise<T> {
  const tell = (signal: NodeJS.Signals): void => PROGRAMS.forEach(name => process.kill(shop.pid(name)!, signal));
  tell('SIGSTOP');
  try {
    return await work();
  } finally {
    tell('SIGCONT');
  }
}

/** An order of one product more. */
const orderTo =
  (log: PostgresEventLog, { users, products }: History) =>
  (): Promise<unknown> => {
    const [orderId, id] = [newId<OrderId>(), newId()];
    const items = [{ productId: products[0]!, quantity: 1, unitPrice: 100 }];
    const data = { orderId, userId: users[0]!, items, total: 100, currency: 'EUR', placedAt: timeNow() };
    return log.append({
      writes: [{ stream: streamOf.order(orderId), expectedVersion: 0, events: [{ type: 'OrderPlaced', data }] }],
      command: { id },
      metadata: { correlationId: id, causationId: id },
    });
  };

/**
 * Orders by 32 callers: what an append costs in a log of this length, and not what follows from it. In turns with appends to a log
 * that is new.
 */
async function appends(shop: OwnShop, history: History): Promise<Beside> {
  const rounds: Record<keyof Beside, Measured[]> = { measured: [], control: [] };
  await withDatabase(shop.adminUrl('query'), async ({ appUrl }) => {
    const grown = new PostgresEventLog({ log: 'orders', url: shop.run.postgres.urls.orders });
    const fresh = new PostgresEventLog({ log: 'orders', url: appUrl });
    await measure(CALLERS, WARM_UP_MS, orderTo(fresh, history));
    for (let round = 0; round < ROUNDS; round += 1) {
      await untilQuiet(shop);
      await whileStandingStill(shop, async () => {
        for (const [name, log] of [['control', fresh] as const, ['measured', grown] as const]) {
          await measure(CALLERS, APPEND_MS / 2, orderTo(log, history));
          rounds[name].push(await measure(CALLERS, APPEND_MS, orderTo(log, history)));
        }
      });
    }
    await Promise.all([grown.close(), fresh.close()]);
  });
  return { measured: medians(rounds.measured), control: medians(rounds.control) };
}

/** Products of a user, in turns with an answer for which nothing is read. */
async function reads(shop: OwnShop, users: readonly UserId[]): Promise<Beside> {
  const sign = await signerOf(shop);
  const every = Math.max(1, Math.floor(users.length / SIGNED_IN));
  const requests: Buffer[] = [];
  for (const user of users.filter((_, i) => i % every === 0)) {
    const head = `GET /users/${user}/products HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${await sign(user)}\r\n\r\n`;
    requests.push(Buffer.from(head));
  }
  const request = (): Buffer => requests[Math.floor(Math.random() * requests.length)]!;
  const port = Number(new URL(shop.url('user-orders-query')).port);
  const nothing = Buffer.from('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  const targets = { measured: { port, request }, control: { port, request: () => nothing } };
  const rounds: Record<keyof Beside, Measured[]> = { measured: [], control: [] };
  const names = Object.keys(targets) as (keyof Beside)[];
  for (const name of names) await loadHttp(targets[name], CONNECTIONS, 6 * READ_MS);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of names) rounds[name].push(await loadHttp(targets[name], CONNECTIONS, READ_MS));
  return { measured: medians(rounds.measured), control: medians(rounds.control) };
}

/** Milliseconds from the end of a process until the next one says that it is ready; a tenth of a second of it is the launcher's. */
async function restart(shop: OwnShop, name: ProgramName): Promise<number> {
  const pid = shop.pid(name)!;
  const from = performance.now();
  process.kill(pid, 'SIGKILL');
  for (;;) {
    await pause(10);
    const answer = await fetch(`${shop.url(name)}/readyz`).catch(() => undefined);
    if (answer?.ok && shop.pid(name) !== pid) return performance.now() - from;
  }
}

async function sizes(shop: OwnShop): Promise<{ events: number; logBytes: number; readBytes: number }> {
  let [events, logBytes] = [0, 0];
  for (const log of LOGS) {
    const [row] = await sql<{ n: string; bytes: string }>(
      shop,
      log,
      `select (select position from log.log_head) as n, pg_total_relation_size('log.events') as bytes`,
    );
    [events, logBytes] = [events + Number(row!.n), logBytes + Number(row!.bytes)];
  }
  const [read] = await sql<{ bytes: string }>(
    shop,
    'query',
    `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'read' and c.relkind = 'r'`,
  );
  return { events, logBytes, readBytes: Number(read!.bytes) };
}

/** What the server does in its own time after so much was written at once, so that no figure meets it by chance. */
async function settle(shop: OwnShop): Promise<void> {
  for (const database of [...LOGS, 'query'] as const) await sql(shop, database, 'vacuum analyze');
  await sql(shop, 'query', 'checkpoint');
}

/** `--sizes 10k,100k,1M`: purchases, rising. */
export async function growthBench(args: readonly string[]): Promise<void> {
  const wanted = numbersOf(args, 'sizes', SIZES);
  const progress = new Progress(15_000 + Math.max(...wanted) * MS_PER_PURCHASE * 1.2 + wanted.length * 35_000);
  progress.step('starting PostgreSQL, NATS and the five services', 15_000);
  const shop = await OwnShop.start('growth');
  const found: Size[] = [];
  const users: UserId[] = [];
  try {
    for (const purchases of wanted) {
      const more = Math.ceil(purchases / PURCHASES_PER_USER) - users.length;
      if (more <= 0) throw new Error('--sizes must rise');
      progress.step(`growing to ${purchases} purchases`, more * PURCHASES_PER_USER * MS_PER_PURCHASE);
      const orders = more * ORDERS_PER_USER;
      const size = { users: more, products: PRODUCTS, orders, linesPerOrder: LINES_PER_ORDER };
      const history = await fillShop(shop, size, line => process.stderr.write(`  ${line}\n`));
      for (const user of history.users) users.push(user);
      progress.step(`${purchases} purchases: append, read, start, rebuild`, 35_000);
      await settle(shop);
      const read = await reads(shop, users);
      const started = { orders: await restart(shop, 'orders'), query: await restart(shop, 'user-orders-query') };
      const append = await appends(shop, history);
      await untilQuiet(shop);
      const rebuilt = await ours();
      found.push({
        purchases,
        ...(await sizes(shop)),
        append,
        read,
        started,
        rebuilt,
        memoryMb: memoryKb(shop.pid('user-orders-query')!) / 1024,
      });
    }
    tell(found, args);
  } finally {
    await shop.remove();
  }
}
