/** Loads the rows a batch touches, of all tables in one round trip, together with the mark they belong to. */
import type { Queryable } from '@foldline/postgres';
import type { LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import type { Projection, Table } from '../projection';
import { arrayLiteral } from './array-literal';
import { generationTable, names, rowAsJson, rowReader, sqlTypeOf } from './generation-tables';
import { statementName } from './statement-name';

export interface Loaded {
  /** Null when the generation is gone. */
  readonly mark: string | null;
  readonly rows: LoadedRows;
}

class Parameters {
  readonly values: unknown[] = [];
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

function rowsSql(table: Table, generation: number, { keys, where }: RowsToLoad, parameters: Parameters): string {
  const from = generationTable(table, generation);
  const parts: string[] = [];
  if (keys.size > 0) {
    const list = [...keys.values()];
    const arrays = table.key.map(
      (column, i) => `${parameters.add(arrayLiteral(list.map(key => key[i])))}::${sqlTypeOf(table, column)}[]`,
    );
    const found =
      arrays.length === 1
        ? `${from} t where ${names(table.key)} = any(${arrays[0]})`
        : `unnest(${arrays.join(', ')}) k(${names(table.key)}) join ${from} t using (${names(table.key)})`;
    parts.push(`select ${rowAsJson(table, 't')} from ${found}`);
  }
  for (const [column, values] of where)
    parts.push(
      `select ${rowAsJson(table, 't')} from ${from} t where t.${names([column])} = any(${parameters.add(arrayLiteral([...values]))}::${sqlTypeOf(table, column)}[])`,
    );
  return `(select coalesce(json_agg(r), '[]') from (${parts.join(' union all ')}) as found(r))`;
}

export async function loadRows(
  session: Queryable,
  projection: Projection,
  generation: number,
  toLoad: Readonly<Record<string, RowsToLoad>>,
): Promise<Loaded> {
  const parameters = new Parameters();
  const mark = `(select mark from read.generations where projection = ${parameters.add(projection.name)} and generation = ${parameters.add(generation)})`;
  const touched = Object.entries(projection.tables).filter(
    ([name]) => toLoad[name]!.keys.size > 0 || toLoad[name]!.where.size > 0,
  );
  const selected = touched.map(([name, table]) => rowsSql(table, generation, toLoad[name]!, parameters));
  const text = `select ${[mark, ...selected].join(', ')}`;
  const { rows } = await session.query<[string | null, ...unknown[][][]]>({
    text,
    values: parameters.values,
    name: statementName(text),
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
