/** The tables of ready pages and of running fan-outs, beside the tables of their generation. */
import type { Partition } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import { generationTable, type PgReadModel } from '@foldline/projections';
import { userOrders, userOrdersOf } from '../projection/user-orders.project';

export const pageTable = (generation: number): string => generationTable({ name: 'pages' }, generation);
export const fanoutTable = (generation: number): string => generationTable({ name: 'page_fanouts' }, generation);
/** One row: the turn of the generation up to which every write has emptied the pages it concerns. */
export const levelTable = (generation: number): string => generationTable({ name: 'pages_level' }, generation);

/** The turn that the generation is at: it goes up with every write to it, whoever writes. */
export const turnSql = (generation: number): string =>
  `(select turn from read.generations where projection = '${userOrders.name}' and generation = ${generation})`;

/**
 * A page's version goes up whenever something happens to its user, so that a page made from older rows is refused.
 * A fan-out is there until the changed product stands in the pages of all its buyers; `done_to` is the last one it has come to.
 */
export async function makePageTables(session: Queryable, generation: number): Promise<void> {
  const pages = pageTable(generation);
  await session.query(
    `create table if not exists ${pages} (user_id uuid primary key, version bigint not null, body text)
     with (fillfactor = 80);
     alter table ${pages} add column if not exists tag text generated always as ('"' || md5(body) || '"') stored;
     create index if not exists pages_g${generation}_empty on ${pages} (user_id) where body is null;
     create table if not exists ${fanoutTable(generation)} (product_id uuid primary key, done_to uuid not null);
     create table if not exists ${levelTable(generation)} (one boolean primary key default true check (one), turn bigint not null);
     insert into ${levelTable(generation)} (turn) values (-1) on conflict do nothing`,
  );
}

/** The read model with its pages: what a generation is made of, for whoever builds or drops one. */
export const userOrdersModel = (partition?: Partition): PgReadModel => ({
  projection: userOrdersOf(partition),
  prepare: makePageTables,
  besideTables: ['pages', 'page_fanouts', 'pages_level'],
});
