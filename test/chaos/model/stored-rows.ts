/** A read model as it is stored: rows, checkpoint and parked events of one moment. */
import { LOGS, type ChaosStack } from '../stack/chaos-stack';
import { areAlike, canonical } from './alike';
import { withDatabase, type Sql } from './log-events';
import { catalogueRows, knownFactRows, queryRows, type Row } from './read-model';
import type { At, ShopModel } from './shop-model';
import { mongoOf } from './standing';
import { storedDocuments } from './stored-documents';
import type { Checkpoint, Projection, StoredModel } from './stored-model';

export type { Projection, StoredModel };

export const USER_ORDERS: Projection = {
  name: 'user-orders',
  database: 'query',
  logs: LOGS,
  tables: { users: ['id'], products: ['id'], purchases: ['user_id', 'product_id'], orders: ['id'] },
  expected: queryRows,
};

export const PROJECTIONS: readonly Projection[] = [
  USER_ORDERS,
  {
    name: 'catalogue',
    database: 'products',
    logs: ['products'],
    tables: { catalogue: ['id'] },
    expected: catalogueRows,
  },
  {
    name: 'known-facts',
    database: 'orders',
    logs: ['users', 'products'],
    tables: { buyers: ['id'], prices: ['id'] },
    expected: knownFactRows,
  },
];

/** Made by the database from other columns. */
const DERIVED = new Set(['search']);

/** Numbers as numbers, times as RFC 3339 with milliseconds: as the model has them. */
function plain(row: Row): Row {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (DERIVED.has(name)) continue;
    if (value instanceof Date) made[name] = value.toISOString();
    else made[name] = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return made;
}

/** What serves, of one moment; undefined while nothing does. */
export async function storedModel(stack: ChaosStack, projection: Projection): Promise<StoredModel | undefined> {
  return (await storedGenerations(stack, projection)).find(({ serving }) => serving);
}

/** Every generation that may serve, each whole and of one moment; in PostgreSQL all of the same. */
export function storedGenerations(stack: ChaosStack, projection: Projection): Promise<StoredModel[]> {
  const mongo = mongoOf(stack, projection);
  if (mongo) return storedDocuments(mongo, projection);
  return withDatabase(stack, projection.database, async sql => {
    await sql('begin isolation level repeatable read read only');
    const there = await sql<{ generation: number; serving: boolean }>(
      `select g.generation, g.generation = p.serving as serving from read.projections p
         join read.generations g on g.projection = p.name and g.state = 'ready' where p.name = $1 order by 1`,
      [projection.name],
    );
    const models: StoredModel[] = [];
    for (const { generation, serving } of there)
      models.push({ projection, generation, serving, ...(await contentOf(sql, projection, generation)) });
    await sql('commit');
    return models;
  });
}

async function contentOf(sql: Sql, projection: Projection, generation: number) {
  const of = [projection.name, generation];
  const checkpoints = await sql<Checkpoint & { log: string }>(
    'select log, incarnation, position::int, event_id as "eventId" from read.checkpoints where projection = $1 and generation = $2',
    of,
  );
  const parked = await sql<StoredModel['parked'][number]>(
    'select log, position::int, key, reason from read.parked where projection = $1 and generation = $2',
    of,
  );
  const rows: Record<string, Map<string, Row>> = {};
  for (const [table, key] of Object.entries(projection.tables)) {
    const stored = (await sql<Row>(`select * from read.${table}_g${generation}`)).map(plain);
    rows[table] = new Map(stored.map(row => [key.map(column => String(row[column])).join(' '), row]));
  }
  return { checkpoints: Object.fromEntries(checkpoints.map(({ log, ...at }) => [log, at])), rows, parked };
}

export const vectorOf = ({ checkpoints }: StoredModel): At => ({
  users: checkpoints.users?.position ?? 0,
  products: checkpoints.products?.position ?? 0,
  orders: checkpoints.orders?.position ?? 0,
});

/** First differences, table by table, both ways, all columns. `compared` counts the rows of both sides. */
export function differences(
  stored: StoredModel,
  model: ShopModel,
): { readonly compared: number; readonly found: string[] } {
  const expected = stored.projection.expected(model, vectorOf(stored));
  const found: string[] = [];
  let compared = 0;
  for (const [table, rows] of Object.entries(expected)) {
    const there = stored.rows[table]!;
    compared += rows.size;
    if (rows.size !== there.size) found.push(`${table} has ${there.size} rows, the logs make ${rows.size}`);
    for (const key of new Set([...rows.keys(), ...there.keys()])) {
      const [a, b] = [rows.get(key), there.get(key)];
      if (!areAlike(a, b))
        found.push(`${table} ${key}: stored ${canonical(b) ?? 'nothing'}, the logs make ${canonical(a) ?? 'nothing'}`);
    }
  }
  return { compared, found };
}
