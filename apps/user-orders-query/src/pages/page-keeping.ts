/** Keeps pages that readers or the builder made, unless something has happened to their users since. */
import type { Pool } from '@foldline/postgres';
import { pageTable } from './page-tables';

export interface Offer {
  readonly userId: string;
  readonly body: string;
  /** 0: there was no page, not even an empty one. */
  readonly version: number;
}

/**
 * How many were kept. A page that is there stays: it is as good. Where there was none, an empty one is made: only what was
 * read after that can be told from what is too old. Not waiting for the disk: pages can be made again.
 */
export const keepPages = (pool: Pool, generation: number, offers: readonly Offer[]): Promise<number> =>
  pool.transaction(async tx => {
    await tx.query('set local synchronous_commit = off');
    const pages = pageTable(generation);
    const byUser = [...new Map(offers.map(offer => [offer.userId, offer])).values()].sort((a, b) =>
      a.userId < b.userId ? -1 : 1,
    );
    const { rows } = await tx.query<{ kept: number }>({
      name: `keep_pages_g${generation}`,
      text: `
        with offered as materialized (
          select * from json_to_recordset($1::json) as o(user_id uuid, version bigint, body text)
        ), current as materialized (
          select page.user_id from ${pages} page join offered using (user_id)
          where page.version = offered.version and page.body is null order by page.user_id for update of page
        ), kept as (
          update ${pages} page set body = offered.body
          from offered, current where current.user_id = offered.user_id and page.user_id = offered.user_id
            and page.version = offered.version and page.body is null
          returning 1
        ), made as (
          insert into ${pages} (user_id, version) select user_id, 1 from offered where version = 0 order by user_id
          on conflict (user_id) do nothing
        )
        select count(*)::int as kept from kept`,
      values: [JSON.stringify(byUser.map(({ userId, version, body }) => ({ user_id: userId, version, body })))],
    });
    return rows[0]!.kept;
  });
