/** How a table definition becomes the table of a generation, and what its columns are to SQL and to JSON. */
import { quoteName } from '@foldline/postgres';
import { arrayLiteral } from './array-literal';
import type { ColumnType, Row, Table } from '../projection';

const SQL_TYPES: Record<ColumnType, string> = {
  uuid: 'uuid',
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  boolean: 'boolean',
  timestamp: 'timestamptz(3)',
  json: 'json',
};

export const sqlTypeOf = (table: Table, column: string): string => SQL_TYPES[table.columns[column]!];
export const columnsOf = (table: Table): string[] => Object.keys(table.columns);
export const names = (columns: readonly string[], prefix = ''): string =>
  columns.map(column => prefix + quoteName(column)).join(', ');

/** The quoted name of a table in one generation: `read."purchases_g3"`. */
export const generationTable = (table: Pick<Table, 'name'>, generation: number): string =>
  `read.${quoteName(`${table.name}_g${generation}`)}`;

/** A row as a JSON array in column order; `rowReader` turns it into the row that the fold put. */
export const rowAsJson = (table: Table, alias: string): string =>
  `json_build_array(${names(columnsOf(table), `${alias}.`)})`;

/** JSON has times as `2026-01-01T00:00:00.12+00:00` (the session's zone is UTC); to RFC 3339 with milliseconds and `Z`. */
const readTime = (text: string): string => `${text.slice(0, 19)}.${text.slice(20, -6).padEnd(3, '0')}Z`;

export function rowReader(table: Table): (values: readonly unknown[]) => Row {
  const columns = columnsOf(table);
  const times = columns.map(column => table.columns[column] === 'timestamp');
  return values => {
    const row: Record<string, unknown> = {};
    for (const [i, column] of columns.entries()) {
      const value = values[i];
      row[column] = times[i] && value !== null ? readTime(value as string) : value;
    }
    return row;
  };
}

/** One parameter of `unnestSql` for each column: its values in all rows. */
export const columnValues = (table: Table, columns: readonly string[], rows: readonly Row[]): string[] =>
  columns.map(column => {
    if (table.columns[column] !== 'json') return arrayLiteral(rows.map(row => row[column]));
    return arrayLiteral(
      rows.map(row => (row[column] === null || row[column] === undefined ? null : JSON.stringify(row[column]))),
    );
  });

/** `unnest($1::uuid[], ...) as r(a, ...)`: the given columns of rows, a mark for each. */
export function unnestSql(table: Table, columns: readonly string[], marks: readonly string[]): string {
  const arrays = columns.map(
    (column, i) => `${marks[i]}::${table.columns[column] === 'json' ? 'text' : sqlTypeOf(table, column)}[]`,
  );
  return `unnest(${arrays.join(', ')}) as r(${names(columns)})`;
}

/** Without any index: those come after a bulk load, or at once for a generation that starts empty. */
export function createTableSql(table: Table, generation: number): string {
  const columns = columnsOf(table).map(
    column => `${quoteName(column)} ${sqlTypeOf(table, column)}${table.nullable?.includes(column) ? '' : ' not null'}`,
  );
  return `create table ${generationTable(table, generation)} (${columns.join(', ')}) with (fillfactor = 90)`;
}

const indexName = (table: Table, generation: number, index: string): string =>
  quoteName(`${table.name}_g${generation}_${index}`);

/** One for the primary key, and the secondary indexes; those that are there already stay. */
export function createIndexesSql(table: Table, generation: number): string[] {
  const name = generationTable(table, generation);
  const create = (kind: string, index: string, columns: string): string =>
    `create ${kind} if not exists ${indexName(table, generation, index)} on ${name} (${columns})`;
  const secondary = (table.indexes ?? []).map((columns, i) => {
    const parts = columns.map(column =>
      column.startsWith('-') ? `${quoteName(column.slice(1))} desc` : quoteName(column),
    );
    return create('index', String(i + 1), parts.join(', '));
  });
  return [create('unique index', 'pkey', names(table.key)), ...secondary];
}

/** Takes a moment: its index is there. */
export const addPrimaryKeySql = (table: Table, generation: number): string =>
  `alter table ${generationTable(table, generation)} add primary key using index ${indexName(table, generation, 'pkey')}`;
