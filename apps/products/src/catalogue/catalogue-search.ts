/** Full text search beside the product list: a column that PostgreSQL keeps by itself. */
import type { Queryable } from '@foldline/postgres';
import { generationTable, type PgReadModel } from '@foldline/projections';
import { catalogue, catalogueTable } from './catalogue.project';

export async function makeSearchable(session: Queryable, generation: number): Promise<void> {
  const table = generationTable(catalogueTable, generation);
  await session.query(`alter table ${table} add column if not exists search tsvector
    generated always as (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'B')) stored`);
  await session.query(`create index if not exists catalogue_g${generation}_search on ${table} using gin (search)`);
}

export const catalogueModel: PgReadModel = { projection: catalogue, prepare: makeSearchable };
