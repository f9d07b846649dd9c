/** Keeps pages that readers or the builder made, unless something has happened to their users since. */
import type { Pool } from '@foldline/postgres';
import { pageTable } from './page-tables';
import type { PageToKeep } from './ready-pages';

export interface Offer extends PageToKeep {
  readonly userId: string;
  readonly version: number;
}

/** How many were kept. A page that is there stays: it is as good. Not waiting for the disk: pages can be made again. */
export const keepPages = (pool: Pool, generation: number, offers: readonly Offer[]): Promise<number> =>
  pool.transaction(async tx => {
    await tx.query('set local synchronous_commit = off');
    const byUser = [...offers].sort((a, b) => (a.userId < b.userId ? -1 : 1));
    const { count } = await tx.query({
      name: `keep_pages_g${generation}`,
      text: `
        insert into ${pageTable(generation)} as page (user_id, version, product_ids, body)
        select distinct on (user_id) user_id, version, product_ids, body
        from json_to_recordset($1::json) as offered(user_id uuid, version bigint, product_ids uuid[], body text)
        order by user_id
        on conflict (user_id) do update set product_ids = excluded.product_ids, body = excluded.body
        where page.version = excluded.version and page.body is null`,
      values: [
        JSON.stringify(
          byUser.map(({ userId, version, productIds, body }) => ({
            user_id: userId,
            version,
            product_ids: productIds,
            body,
          })),
        ),
      ],
    });
    return count;
  });
