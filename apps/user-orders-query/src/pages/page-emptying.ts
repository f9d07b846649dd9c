/** Empties pages in the statement that changes what they show, so that a page is never older than its rows. */
import type { Pool } from '@foldline/postgres';
import type { Part, TouchedRows } from '@foldline/projections';
import type { OrderRow, ProductRow, UserRow } from '../projection/user-orders.tables';
import { fanoutTable, levelTable, pageTable, turnSql } from './page-tables';

const FIRST = '00000000-0000-0000-0000-000000000000';

/** A product's first appearance changes no page: pages with a product that is not known are never kept. */
const showsOtherwise = (before: ProductRow | undefined, after: ProductRow | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  (before.title !== after.title || before.image !== after.image || before.price !== after.price);

/** Sorted: whoever locks several pages does so in one order, fan-outs before pages, and no two wait for each other. */
const sorted = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();

/** Users' pages at once; the pages of a product's buyers, who may be many, are left to a fan-out that is stored here and run later. */
export function emptyPages(
  touched: TouchedRows,
  generation: number,
  users: readonly string[] = concernedUsers(touched),
): readonly Part[] {
  const products = changedProducts(touched);
  const level: Part = {
    shape: 'level',
    values: [],
    text: () => `
  level as (update ${levelTable(generation)} set turn = turn + 1 where exists (select from taken))`,
  };
  return [
    ...(products.length > 0 ? [fanoutPart(products, generation)] : []),
    level,
    ...(users.length > 0 ? [emptyingPart(users, generation, products.length > 0)] : []),
  ];
}

function changedProducts(touched: TouchedRows): string[] {
  const changed = (touched['products'] ?? []).filter(({ before, after }) =>
    showsOtherwise(before as ProductRow | undefined, after as ProductRow | undefined),
  );
  return sorted(changed.map(({ key }) => key[0]!));
}

/** Whose pages show something else now, or nothing any more. */
export function concernedUsers(touched: TouchedRows): string[] {
  const concerned = [...(touched['orders'] ?? []), ...(touched['purchases'] ?? [])].map(
    ({ before, after }) => ((after ?? before) as OrderRow).user_id,
  );
  const closed = (touched['users'] ?? []).filter(({ after }) => (after as UserRow).status === 'closed');
  return sorted([...concerned, ...closed.map(({ key }) => key[0]!)]);
}

const fanoutPart = (products: readonly string[], generation: number): Part => ({
  shape: 'fanouts',
  values: [products],
  text: ([ids]) => `
  fanouts as (
    insert into ${fanoutTable(generation)} (product_id, done_to)
    select product_id, '${FIRST}' from unnest(${ids}::uuid[]) product_id where exists (select from taken)
    on conflict (product_id) do update set done_to = excluded.done_to
    returning 1
  )`,
});

/** Parts of one statement run in no promised order, so that this one says what it waits for. */
const emptyingPart = (users: readonly string[], generation: number, afterFanouts: boolean): Part => ({
  shape: `emptied(${afterFanouts ? 'after fanouts' : ''})`,
  values: [users],
  text: ([ids]) => `
  emptied as (
    insert into ${pageTable(generation)} as page (user_id, version)
    select user_id, 1 from unnest(${ids}::uuid[]) user_id
    where exists (select from taken)${afterFanouts ? ' and (select count(*) from fanouts) > 0' : ''}
    on conflict (user_id) do update set version = page.version + 1, body = null
  )`,
});

/**
 * Somebody wrote to the generation without emptying pages (a redrive, a service with READ_PAGES=off): since then none is
 * used, and here all are emptied. Returns false where nothing was to do.
 */
export async function emptyAllUnlessLevel(pool: Pool, generation: number): Promise<boolean> {
  const { rows } = await pool.query<{ level: boolean }>({
    name: `pages_level_g${generation}`,
    text: `select level.turn = ${turnSql(generation)} as level from ${levelTable(generation)} level`,
  });
  if (rows[0]?.level) return false;
  return pool.transaction(async tx => {
    // Nobody writes until this is done; the turn is read after the lock, in a statement of its own.
    await tx.query(`select from read.generations where projection = 'user-orders' and generation = $1 for update`, [
      generation,
    ]);
    await tx.query(`update ${pageTable(generation)} set version = version + 1, body = null`);
    await tx.query(`update ${levelTable(generation)} set turn = ${turnSql(generation)}`);
    return true;
  });
}
