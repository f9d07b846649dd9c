/** The tables of ready pages and of running fan-outs, beside the tables of their generation. */
import type { Queryable } from '@foldline/postgres';
import { generationTable } from '@foldline/projections';

export const pageTable = (generation: number): string => generationTable({ name: 'pages' }, generation);
export const fanoutTable = (generation: number): string => generationTable({ name: 'page_fanouts' }, generation);

/**
 * A page's version goes up whenever something happens to its user, so that a page made from older rows is refused.
 * A fan-out is there until the pages of all buyers are emptied; `done_to` is the last buyer it has come to.
 */
export async function makePageTables(session: Queryable, generation: number): Promise<void> {
  const pages = pageTable(generation);
  await session.query(
    `create table if not exists ${pages} (user_id uuid primary key, version bigint not null, product_ids uuid[], body text)
     with (fillfactor = 80);
     create index if not exists pages_g${generation}_empty on ${pages} (user_id) where body is null;
     create table if not exists ${fanoutTable(generation)} (product_id uuid primary key, done_to uuid not null)`,
  );
}
