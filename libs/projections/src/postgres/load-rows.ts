/** Loads the rows a batch touches, of all tables in one round trip, together with the mark they belong to. */
import type { Queryable } from '@foldline/postgres';
import type { LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import type { Projection, Table } from '../projection';
import { arrayLiteral } from './array-literal';
import { generationTable, names, rowAsJson, rowReader, sqlTypeOf } from './generation-tables';
import { statementOf, type Part } from './statement';

export interface Loaded {
  /** Null when the generation is gone. */
  readonly mark: string | null;
  readonly rows: LoadedRows;
}

function rowsPart(name: string, table: Table, generation: number, { keys, where }: RowsToLoad): Part {
  const from = generationTable(table, generation);
  const list = [...keys.values()];
  const keyed = list.length > 0 ? table.key : [];
  const columns = [...where.keys()];
  return {
    shape: `${name}(${keyed.length > 0 ? 'key' : ''} ${columns.join(' ')})`,
    values: [
      ...keyed.map((_, i) => arrayLiteral(list.map(key => key[i]))),
      ...columns.map(column => arrayLiteral([...where.get(column)!])),
    ],
    text: marks => {
      const array = (column: string, i: number): string => `${marks[i]}::${sqlTypeOf(table, column)}[]`;
      const parts = columns.map(
        (column, i) =>
          `select ${rowAsJson(table, 't')} from ${from} t where t.${names([column])} = any(${array(column, keyed.length + i)})`,
      );
      if (keyed.length > 0) {
        const arrays = keyed.map(array);
        const found =
          arrays.length === 1
            ? `${from} t where ${names(keyed)} = any(${arrays[0]})`
            : `unnest(${arrays.join(', ')}) k(${names(keyed)}) join ${from} t using (${names(keyed)})`;
        parts.unshift(`select ${rowAsJson(table, 't')} from ${found}`);
      }
      return `(select coalesce(json_agg(r), '[]') from (${parts.join(' union all ')}) as found(r))`;
    },
  };
}

const markPart = (projection: Projection, generation: number): Part => ({
  shape: 'mark',
  values: [projection.name, generation],
  text: ([name, number]) => `(select mark from read.generations where projection = ${name} and generation = ${number})`,
});

export async function loadRows(
  session: Queryable,
  projection: Projection,
  generation: number,
  toLoad: Readonly<Record<string, RowsToLoad>>,
): Promise<Loaded> {
  const touched = Object.entries(projection.tables).filter(
    ([name]) => toLoad[name]!.keys.size > 0 || toLoad[name]!.where.size > 0,
  );
  const parts = [
    markPart(projection, generation),
    ...touched.map(([name, table]) => rowsPart(name, table, generation, toLoad[name]!)),
  ];
  const join = (texts: readonly string[]): string => `select ${texts.join(', ')}`;
  const { rows } = await session.query<[string | null, ...unknown[][][]]>({
    ...statementOf('load', projection, generation, parts, join),
    asArrays: true,
  });
  const [at, ...tables] = rows[0]!;
  return {
    mark: at,
    rows: Object.fromEntries(
      touched.map(([name, table], i) => {
        const read = rowReader(table);
        return [name, tables[i]!.map(values => read(values))];
      }),
    ),
  };
}
