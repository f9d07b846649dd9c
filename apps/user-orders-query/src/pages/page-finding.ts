/** Looks for ready pages, many users in one statement, in the same snapshot as what forbids using them. */
import type { Pool } from '@foldline/postgres';
import { ServingGeneration } from '@foldline/projections';
import { userOrders } from '../projection/user-orders.project';
import type { Asked } from '../query/read-store.port';
import { Gathered } from '@foldline/postgres';
import { askStore } from '../stores/postgres/ask-store';
import { momentColumns, withMoment, type MomentRow } from '../stores/postgres/moment';
import { fanoutTable, levelTable, pageTable, turnSql } from './page-tables';
import type { FoundPage } from './ready-pages';

/** With more products changing at once than this, no page is used: comparing would cost more than the rows. */
const MOST_FANOUTS = 50;

interface PageRow extends MomentRow {
  readonly version: number | null;
  readonly body: string | null;
}

const pagesSql = (generation: number): string => `
select ${momentColumns(generation)}, page.version,
  case when guard.level and not page.product_ids && guard.changing then page.body end as body
from unnest($1::uuid[], $2::uuid[]) with ordinality as asked(user_id, caller_id, n)
cross join (
  select changing, cardinality(changing) <= ${MOST_FANOUTS}
    and (select turn from ${levelTable(generation)}) = ${turnSql(generation)} as level
  from (select array(select product_id from ${fanoutTable(generation)} limit ${MOST_FANOUTS + 1}) as changing) fanouts
) guard
left join ${pageTable(generation)} page on page.user_id = asked.user_id
order by asked.n`;

export function pageFinding(pool: Pool): Gathered<Asked, FoundPage> {
  const serving = new ServingGeneration(pool, userOrders.name);
  let sql: { generation: number; text: string } | undefined;
  return new Gathered(asked =>
    askStore(serving, async generation => {
      if (sql?.generation !== generation) sql = { generation, text: pagesSql(generation) };
      const values = [asked.map(({ userId }) => userId), asked.map(({ callerId }) => callerId)];
      const { rows } = await pool.query<PageRow>({ name: `find_pages_g${generation}`, text: sql.text, values });
      return withMoment(rows, ({ body, version }) => ({ body, version: version ?? 0 }));
    }),
  );
}
