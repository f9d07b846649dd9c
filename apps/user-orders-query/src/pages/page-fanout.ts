/** Empties the pages of a changed product's buyers in bounded chunks, each one transaction that also says how far it got. */
import type { Pool, Queryable } from '@foldline/postgres';
import { generationTable } from '@foldline/projections';
import { purchases } from '../projection/user-orders.tables';
import { fanoutTable, pageTable } from './page-tables';

/** Pages emptied in one transaction: their rows are locked for its length, and a projecting transaction may wait for them. */
export const FANOUT_CHUNK = 1000;

interface Fanout {
  readonly product_id: string;
  readonly done_to: string;
}

/**
 * The next chunk of any fan-out; false when there is none, or all are in other hands. Crashed midway, it goes on where the last
 * committed chunk ended. Commits without waiting for the disk: what a crash takes back, it takes back with the progress.
 */
export const emptyNextChunk = (pool: Pool, generation: number, chunk = FANOUT_CHUNK): Promise<boolean> =>
  pool.transaction(async tx => {
    await tx.query('set local synchronous_commit = off');
    const { rows } = await tx.query<Fanout>({
      name: `next_fanout_g${generation}`,
      text: `select product_id, done_to from ${fanoutTable(generation)} order by product_id limit 1 for update skip locked`,
    });
    if (!rows[0]) return false;
    await emptyChunk(tx, generation, rows[0], chunk);
    return true;
  });

/** Every buyer's version goes up, also where there is no page now: one that is just being made must be refused. */
async function emptyChunk(tx: Queryable, generation: number, { product_id, done_to }: Fanout, chunk: number) {
  const { rows } = await tx.query<{ emptied: number; last: string | null }>({
    name: `fanout_chunk_g${generation}`,
    text: `
      with buyers as materialized (
        select user_id from ${generationTable(purchases, generation)}
        where product_id = $1 and user_id > $2 order by user_id limit $3
      ), emptied as (
        insert into ${pageTable(generation)} as page (user_id, version) select user_id, 1 from buyers order by user_id
        on conflict (user_id) do update set version = page.version + 1, product_ids = null, body = null
        returning user_id
      )
      select count(*)::int as emptied, max(user_id::text collate "C") as last from emptied`,
    values: [product_id, done_to, chunk],
  });
  const { emptied, last } = rows[0]!;
  const table = fanoutTable(generation);
  if (emptied < chunk) await tx.query(`delete from ${table} where product_id = $1`, [product_id]);
  else await tx.query(`update ${table} set done_to = $2 where product_id = $1`, [product_id, last]);
}
