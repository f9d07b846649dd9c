/**
 * Rows that change again while a generation is built. Replacing them one by one would cost more than all else, so what became
 * of them is only added to a table beside, by COPY like everything, and settled once: at the end, or before the build goes on.
 */
import type { Copy, Queryable } from '@foldline/postgres';
import type { Row, Table } from '../projection';
import { keyText, type RowChange } from '../fold/working-rows';
import { copyLines } from './copy-rows';
import { columnsOf, generationTable, names, sqlTypeOf } from './generation-tables';

export const laterName = ({ name }: Pick<Table, 'name'>): string => `${name}_later`;
const laterTable = (table: Table, generation: number): string =>
  generationTable({ name: laterName(table) }, generation);

/** `later_turn` grows with every version; of a row that is gone only its key is known. */
export function createLaterSql(table: Table, generation: number): string {
  const columns = columnsOf(table).map(column => `${names([column])} ${sqlTypeOf(table, column)}`);
  return `create table ${laterTable(table, generation)}
    (${columns.join(', ')}, later_turn bigint generated always as identity, later_gone boolean not null default false)`;
}

export const dropLaterSql = (table: Pick<Table, 'name'>, generation: number): string =>
  `drop table if exists ${generationTable({ name: laterName(table) }, generation)}`;

/** Where what became of rows is copied to: new ones to the table itself, the others to the table beside. */
export class LaterVersions {
  /** Keys that were gone since the last settling: a new row of such a key is a later version too. */
  private readonly gone = new Set<string>();

  constructor(
    private readonly table: Table,
    private readonly generation: number,
  ) {}

  /** What writes these changes; to be asked once for each. */
  copies(changes: readonly RowChange[]): Copy[] {
    const { table, generation } = this;
    const [made, changed, gone]: [Row[], Row[], Row[]] = [[], [], []];
    for (const { key, before, after } of changes) {
      if (!after) gone.push(before!);
      else if (before || this.gone.has(keyText(key))) changed.push(after);
      else made.push(after);
      if (!after) this.gone.add(keyText(key));
    }
    const left = gone.map(row => ({ ...row, later_gone: true }));
    return [
      this.copy(generationTable(table, generation), columnsOf(table), made),
      this.copy(laterTable(table, generation), columnsOf(table), changed),
      this.copy(laterTable(table, generation), [...table.key, 'later_gone'], left),
    ].flat();
  }

  private copy(target: string, columns: readonly string[], rows: readonly Row[]): Copy[] {
    if (rows.length === 0) return [];
    return [{ sql: `copy ${target} (${names(columns)}) from stdin`, chunks: copyLines(this.table, rows, columns) }];
  }
}

/** Puts the newest version of each row in the place of the one in the table. To be called in a transaction. */
export async function settleLater(tx: Queryable, table: Table, generation: number): Promise<void> {
  const [target, later] = [generationTable(table, generation), laterTable(table, generation)];
  const key = names(table.key);
  const same = table.key.map(column => `t.${names([column])} = n.${names([column])}`).join(' and ');
  // There is no index to look rows up by, and nothing was counted yet: it goes through both once.
  await tx.query(
    `set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_nestloop = off; set local work_mem = '128MB'`,
  );
  await tx.query(
    `with newest as materialized (select distinct on (${key}) * from ${later} order by ${key}, later_turn desc),
       old as (delete from ${target} t using newest n where ${same})
     insert into ${target} (${names(columnsOf(table))}) select ${names(columnsOf(table))} from newest where not later_gone`,
  );
  await tx.query(`truncate ${later}`);
}
