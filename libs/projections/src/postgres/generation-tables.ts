/** How a table definition becomes the table of a generation, and what its columns are to SQL and to JSON. */
import { quoteName } from '@foldline/postgres';
import type { ColumnType, Table } from '../projection';

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

/** `name type, name type`, as json_to_recordset wants to be told. */
export const typedColumns = (table: Table, columns = columnsOf(table)): string =>
  columns.map(column => `${quoteName(column)} ${sqlTypeOf(table, column)}`).join(', ');

/** A row as a JSON array in column order, in the form that rows have in memory. */
export const rowAsJson = (table: Table, alias: string): string => {
  const values = columnsOf(table).map(column => {
    const name = `${alias}.${quoteName(column)}`;
    return table.columns[column] === 'timestamp'
      ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : name;
  });
  return `json_build_array(${values.join(', ')})`;
};

export function createTableSql(table: Table, generation: number): string {
  const columns = columnsOf(table).map(
    column => `${quoteName(column)} ${sqlTypeOf(table, column)}${table.nullable?.includes(column) ? '' : ' not null'}`,
  );
  return `create table ${generationTable(table, generation)} (${columns.join(', ')}, primary key (${names(table.key)})) with (fillfactor = 90)`;
}

/** Secondary indexes; built after a bulk load, or at once for a generation that starts empty. */
export const createIndexesSql = (table: Table, generation: number): string[] =>
  (table.indexes ?? []).map(columns => {
    const parts = columns.map(column =>
      column.startsWith('-') ? `${quoteName(column.slice(1))} desc` : quoteName(column),
    );
    return `create index on ${generationTable(table, generation)} (${parts.join(', ')})`;
  });
