/** Writes a changed product into the pages of its buyers in bounded chunks, each one transaction that also says how far it got. */
import type { Pool, Queryable } from '@foldline/postgres';
import { generationTable } from '@foldline/projections';
import { products, purchases } from '../projection/user-orders.tables';
import { AFTER_PRODUCT_FIELDS, beforeProductFields, productFields } from '../stores/postgres/list-sql';
import { fanoutTable, pageTable } from './page-tables';

/** Pages in one transaction: their rows are locked for its length, and a projecting transaction may wait for them. */
export const FANOUT_CHUNK = 200;

interface Fanout {
  readonly product_id: string;
  readonly done_to: string;
}

/**
 * The next chunk of any fan-out; false when there is none, or all are in other hands. Crashed midway, it goes on where the last
 * committed chunk ended. Commits without waiting for the disk: what a crash takes back, it takes back with the progress.
 */
export async function updateNextChunk(pool: Pool, generation: number, chunk = FANOUT_CHUNK): Promise<boolean> {
  // Nearly always there is none: seen without a transaction.
  const { count } = await pool.query({
    name: `any_fanout_g${generation}`,
    text: `select from ${fanoutTable(generation)} limit 1`,
  });
  if (count === 0) return false;
  return pool.transaction(async tx => {
    await tx.query('set local synchronous_commit = off');
    const { rows } = await tx.query<Fanout>({
      name: `next_fanout_g${generation}`,
      text: `select product_id, done_to from ${fanoutTable(generation)} order by product_id limit 1 for update skip locked`,
    });
    if (!rows[0]) return false;
    await updateChunk(tx, generation, rows[0], chunk);
    return true;
  });
}

/**
 * The version of every buyer's page goes up, also of an empty one: what is just being made from older rows must be refused.
 * $4 stands before the product's fields, and what stands after them cannot occur within: quotes in texts are escaped.
 */
async function updateChunk(tx: Queryable, generation: number, { product_id, done_to }: Fanout, chunk: number) {
  const pages = pageTable(generation);
  const { rows } = await tx.query<{ buyers: number; last: string | null }>({
    name: `fanout_chunk_g${generation}`,
    text: `
      with buyers as materialized (
        select user_id from ${generationTable(purchases, generation)}
        where product_id = $1 and user_id > $2 order by user_id limit $3
      ), current as materialized (
        select page.user_id, page.body, position($4 in page.body) as starts
        from ${pages} page join buyers using (user_id) order by page.user_id for update of page
      ), changed as (
        select user_id, case when starts > 0 then overlay(
            body placing (select ${productFields('product')} from ${generationTable(products, generation)} product where product.id = $1)
            from starts + length($4) for position('${AFTER_PRODUCT_FIELDS}' in substr(body, starts + length($4))) - 1
          ) else body end as body
        from current
      ), updated as (
        update ${pages} page set version = page.version + 1, body = changed.body from changed where page.user_id = changed.user_id
      )
      select count(*)::int as buyers, max(user_id::text collate "C") as last from buyers`,
    values: [product_id, done_to, chunk, beforeProductFields(product_id)],
  });
  const { buyers, last } = rows[0]!;
  const table = fanoutTable(generation);
  if (buyers < chunk) await tx.query(`delete from ${table} where product_id = $1`, [product_id]);
  else await tx.query(`update ${table} set done_to = $2 where product_id = $1`, [product_id, last]);
}
