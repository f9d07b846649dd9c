/** The second checker: counts and sums by the databases alone, without a model. It knows little, and cannot share the first one's mistakes. */
import { outcomeOf } from '../load/history';
import { withDatabase, type Sql } from '../model/log-events';
import type { Db } from '../stack/chaos-mongo';
import type { DatabaseName } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Evidence, Judgement } from './evidence';

type Numbers = Readonly<Record<string, number>>;

const one = async (sql: Sql, text: string, values: readonly unknown[] = []): Promise<Numbers> =>
  Object.fromEntries(
    Object.entries((await sql<Record<string, string | null>>(text, values))[0]!).map(([name, value]) => [
      name,
      Number(value ?? 0),
    ]),
  );

const LOG = `select count(*) as events, max(position) as last, count(distinct event_id) as ids,
  count(distinct (stream, version)) as places, (select position from log.log_head) as head from log.events`;
const STOCK = `select count(*) as products, sum(n) as units, min(n) as least from (
  select data ->> 'productId' as id, sum((data ->> 'quantity')::bigint * case type when 'StockReserved' then -1 else 1 end) as n
    from log.events where type in ('StockReceived', 'StockReserved', 'StockReleased') group by 1) by_product`;
const BOUGHT = `select sum((line ->> 'quantity')::bigint * sign) as quantity, sum(sign) as lines,
  sum((line ->> 'quantity')::bigint * (line ->> 'unitPrice')::bigint * sign) as spent
  from log.events, jsonb_array_elements(data -> 'items') as line,
       lateral (select case type when 'OrderConfirmed' then 1 else -1 end as sign) s
 where type in ('OrderConfirmed', 'OrderCancelled')`;
const ORDERS = `select count(*) filter (where type = 'OrderPlaced' and stream <> all ($1)) as placed, count(*) filter (where type = 'OrderConfirmed') as confirmed,
  count(*) filter (where type = 'OrderRejected' and stream <> all ($1)) as rejected, count(*) filter (where type = 'OrderCancelled') as cancelled from log.events`;

const BOUGHT_IN = { quantity: 'quantity', spent: 'spent', lines: 'order_count' } as const;

const serving = async (sql: Sql, name: string): Promise<number> =>
  (await sql<{ serving: number }>('select serving from read.projections where name = $1', [name]))[0]!.serving;

async function shownInRows(sql: Sql): Promise<Numbers> {
  const g = await serving(sql, 'user-orders');
  return one(
    sql,
    `select sum(quantity) as quantity, sum(spent) as spent, sum(order_count) as lines,
      (select count(*) from read.orders_g${g}) as orders,
      (select count(*) from read.orders_g${g} where status = 'cancelled') as cancelled,
      (select count(*) from read.orders_g${g} where status = 'rejected') as rejected from read.purchases_g${g}`,
  );
}

/** At rest: nothing is waiting to be put into place. */
async function shownInDocuments(db: Db): Promise<Numbers> {
  const pointer = await db
    .collection<{ _id: string; serving: number }>('read.projections')
    .findOne({ _id: 'user-orders' });
  const g = pointer!.serving;
  const orders = db.collection(`read.orders_g${g}`);
  const there = { _gone: { $exists: false } };
  const group = {
    _id: null,
    ...Object.fromEntries(Object.entries(BOUGHT_IN).map(([as, of]) => [as, { $sum: `$${of}` }])),
  };
  const [sums] = await db
    .collection(`read.purchases_g${g}`)
    .aggregate<Record<string, number>>([{ $match: there }, { $group: group }])
    .toArray();
  return {
    ...Object.fromEntries(Object.keys(BOUGHT_IN).map(name => [name, Number(sums?.[name] ?? 0)])),
    orders: await orders.countDocuments(there),
    cancelled: await orders.countDocuments({ status: 'cancelled' }),
    rejected: await orders.countDocuments({ status: 'rejected' }),
  };
}

export async function checkSums({ stack, history, strange }: Evidence): Promise<Judgement> {
  const violations: string[] = [];
  let looked = 0;
  const same = (what: string, a: number | undefined, b: number | undefined): void => {
    looked += 1;
    if (a !== b) violations.push(`${what}: ${a} and ${b}`);
  };
  const at = <T>(name: DatabaseName, work: (sql: Sql) => Promise<T>) => withDatabase(stack, name, work);
  for (const log of ['users', 'products', 'orders'] as const) {
    const { events, last, ids, places, head } = await at(log, sql => one(sql, LOG));
    for (const [what, n] of Object.entries({ last, ids, places, head })) same(`${log}: events and ${what}`, events, n);
  }
  const orders = await at('orders', sql => one(sql, ORDERS, [[...strange]]));
  const bought = await at('orders', sql => one(sql, BOUGHT));
  const stock = await at('products', sql => one(sql, STOCK));
  if (stock.least! < 0) violations.push(`a product has ${stock.least} units`);
  same('orders placed and decided', orders.placed, orders.confirmed! + orders.rejected!);
  const catalogue = await at('products', async sql =>
    one(sql, `select sum(available) as units from read.catalogue_g${await serving(sql, 'catalogue')}`),
  );
  same('units in the log and in the catalogue', stock.units, catalogue.units);
  const shown = stack.mongo ? await shownInDocuments(stack.mongo.db) : await at('query', shownInRows);
  for (const column of ['quantity', 'spent', 'lines'] as const)
    same(`${column} bought and shown`, bought[column], shown[column]);
  same('orders placed and shown', orders.placed, shown.orders);
  for (const status of ['cancelled', 'rejected'] as const)
    same(`orders ${status} and shown so`, orders[status], shown[status]);
  const [done, open] = [new Set<string>(), new Set<string>()];
  for (const call of history.calls) {
    const { verdict } = outcomeOf(call);
    if (call.operation === 'buy' && verdict !== 'fail')
      (verdict === 'ok' ? done : open).add(`${call.actor} ${call.key}`);
  }
  looked += 1;
  // What is still open was asked for by somebody who can ask no more.
  const most = new Set([...done, ...open]).size;
  if (orders.placed! < done.size || orders.placed! > most)
    violations.push(`${orders.placed} orders were placed, ${done.size} acknowledged, at most ${most} asked for`);
  return judge('SQL', 'counts and sums by the databases alone agree', looked, violations);
}
