/** Pages of the product list, by keyset: what is inserted meanwhile moves nothing. */
import { connectPool, type Pool, type Queryable } from '@foldline/postgres';
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

/**
 * Sessions that read the list: by an index and in its order, also where the server has not looked yet how large the table grew.
 * Left to its statistics it reads all products and sorts them for each page.
 */
export const connectForList = (url: string): Pool =>
  connectPool({ url, name: 'products-list', max: 4, options: { enable_seqscan: 'off', jit: 'off' } });

/** Of a page for who names none: the one that is asked for most. */
export const USUAL_LIMIT = 20;

/**
 * The list of everything, in usual pages, is planned once per session. What a search or a category finds is for its values to
 * say: there each statement gets a plan of its own.
 */
function nameOf({ q, category, sort, limit, after }: CatalogueQuery, generation: number): { name?: string } {
  if (q !== undefined || category !== undefined || limit !== USUAL_LIMIT) return {};
  return { name: `catalogue_g${generation}_${sort}${after ? '_after' : ''}` };
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
      const text = `with page as (select ${COLUMNS} from ${generationTable(catalogueTable, generation)}
           where ${where} order by ${column} ${way}, id ${way} limit ${query.limit + 1})
         select ${servingSql(catalogue.name)} as serving, page.id is null as none, page.*
         from (select 1) one left join page on true order by ${column} ${way}, id ${way}`;
      const statement = { ...nameOf(query, generation), text, values };
      const { rows } = await this.session.query<CatalogueRow & { serving: number; none: boolean }>(statement);
      const found = rows.filter(({ none }) => !none).map(({ serving: _, none: __, ...row }) => row as CatalogueRow);
      return { serving: rows[0]!.serving, result: { generation, result: found } };
    });
  }
}
