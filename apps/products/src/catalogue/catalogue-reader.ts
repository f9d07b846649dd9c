/** Pages of the product list, by keyset: what is inserted meanwhile moves nothing. */
import type { Queryable } from '@foldline/postgres';
import { generationTable, ServingGeneration, servingSql } from '@foldline/projections';
import { catalogue, catalogueTable, type CatalogueRow } from './catalogue.project';

export const SORTS = ['newest', 'title', 'price', '-price'] as const;
export type Sort = (typeof SORTS)[number];

export interface CatalogueQuery {
  readonly q?: string;
  readonly category?: string;
  readonly sort: Sort;
  readonly limit: number;
  /** Sort value and id of the last row seen. */
  readonly after?: readonly [string | number, string];
}

/** Ids are UUIDv7, so newest first is id descending. */
const ORDERS: Readonly<Record<Sort, { column: string; type: string; way: 'asc' | 'desc' }>> = {
  newest: { column: 'id', type: 'uuid', way: 'desc' },
  title: { column: 'title', type: 'text', way: 'asc' },
  price: { column: 'price', type: 'bigint', way: 'asc' },
  '-price': { column: 'price', type: 'bigint', way: 'desc' },
};

const COLUMNS = Object.keys(catalogueTable.columns).join(', ');

export const sortValueOf = (sort: Sort, row: CatalogueRow): string | number =>
  row[ORDERS[sort].column] as string | number;

interface Part {
  readonly where: string;
  readonly values: readonly unknown[];
}

/** Every text is one of these constants; what callers send goes in as values only. */
function parts({ q, category, sort, after }: CatalogueQuery): Part {
  const { column, type, way } = ORDERS[sort];
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    `status = 'listed'`,
    ...(category === undefined ? [] : [`category = ${place(category)}`]),
    ...(q === undefined ? [] : [`search @@ websearch_to_tsquery('english', ${place(q)})`]),
    ...(after
      ? [`(${column}, id) ${way === 'asc' ? '>' : '<'} (${place(after[0])}::${type}, ${place(after[1])}::uuid)`]
      : []),
  ];
  return { where: conditions.join(' and '), values };
}

export class CatalogueReader {
  private readonly serving: ServingGeneration;

  constructor(private readonly session: Queryable) {
    this.serving = new ServingGeneration(session, catalogue.name);
  }

  /** One row more than the limit tells that there is a next page. */
  page(query: CatalogueQuery): Promise<{ readonly generation: number; readonly result: readonly CatalogueRow[] }> {
    const { way, column } = ORDERS[query.sort];
    const { where, values } = parts(query);
    return this.serving.read(async generation => {
      const { rows } = await this.session.query<CatalogueRow & { serving: number; none: boolean }>(
        `with page as (select ${COLUMNS} from ${generationTable(catalogueTable, generation)}
           where ${where} order by ${column} ${way}, id ${way} limit ${query.limit + 1})
         select ${servingSql(catalogue.name)} as serving, page.id is null as none, page.*
         from (select 1) one left join page on true order by ${column} ${way}, id ${way}`,
        values,
      );
      const found = rows.filter(({ none }) => !none).map(({ serving: _, none: __, ...row }) => row as CatalogueRow);
      return { serving: rows[0]!.serving, result: { generation, result: found } };
    });
  }
}
