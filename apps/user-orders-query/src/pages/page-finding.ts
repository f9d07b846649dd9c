/** Looks for ready pages, many users in one statement, in the same snapshot as what is changing in them. */
import type { Positions } from '@foldline/contracts';
import { Gathered, type Pool } from '@foldline/postgres';
import { generationTable, ServingGeneration, servingSql } from '@foldline/projections';
import { userOrders } from '../projection/user-orders.project';
import { products } from '../projection/user-orders.tables';
import { askStore } from '../stores/postgres/ask-store';
import { productFields } from '../stores/postgres/list-sql';
import { positionsSql, readPositions } from '../stores/postgres/moment';
import { OVERLAY_LIMIT, overlayOf } from './page-overlay';
import { fanoutTable, levelTable, pageTable } from './page-tables';
import type { FoundPage } from './ready-pages';

interface PageRow {
  readonly serving: number;
  readonly turn: number;
  /** Null at the turn that was known before: nothing has been written since. */
  readonly positions: string | null;
  /** The fields of products that a fan-out is writing into pages; null when there is none. */
  readonly changing: string | null;
  /** Null in the one row that stands for no page at all. */
  readonly user_id: string | null;
  readonly version: number;
  readonly body: string | null;
  readonly tag: string | null;
}

/** $1: users; $2: the turn whose positions are known. */
const pagesSql = (generation: number): string => `
select moment.*, page.user_id, page.version, case when moment.level then page.body end as body, page.tag
from (
  select ${servingSql(userOrders.name)} as serving, turn,
    case when turn <> $2::bigint then ${positionsSql(generation)} end as positions,
    turn = (select turn from ${levelTable(generation)}) as level,
    (
      select json_object_agg(product.id, ${productFields('product')})::text
      from (select product_id from ${fanoutTable(generation)} limit ${OVERLAY_LIMIT}) fanout
      join ${generationTable(products, generation)} product on product.id = fanout.product_id
    ) as changing
  from read.generations where projection = '${userOrders.name}' and generation = ${generation}
) moment left join ${pageTable(generation)} page on page.user_id = any($1::uuid[])`;

/** Positions move with the turn of their generation and never without. */
interface Known {
  readonly generation: number;
  readonly turn: number;
  readonly positions: Positions;
}

export function pageFinding(pool: Pool): Gathered<string, FoundPage> {
  const serving = new ServingGeneration(pool, userOrders.name);
  const texts = new Map<number, string>();
  let known: Known = { generation: 0, turn: -1, positions: {} };
  const find = async (userIds: readonly string[], generation: number) => {
    const text = texts.get(generation) ?? pagesSql(generation);
    texts.set(generation, text);
    const before = known.generation === generation ? known : { generation, turn: -1, positions: {} };
    const values = [userIds, before.turn];
    const { rows } = await pool.query<PageRow>({ name: `find_pages_g${generation}`, text, values });
    const [first] = rows;
    if (!first) return { serving: 0, result: [] };
    if (first.turn !== before.turn) known = { generation, turn: first.turn, positions: readPositions(first.positions) };
    const { positions } = first.turn === before.turn ? before : known;
    const overlay = overlayOf(first.changing);
    const byUser = new Map(rows.map(row => [row.user_id, row]));
    const result = userIds.map((userId): FoundPage => {
      const page = byUser.get(userId);
      const body = page?.body ? overlay(page.body) : null;
      const tag = page && body !== null && body === page.body ? page.tag : null;
      return { generation, positions, body, tag, version: page?.version ?? 0 };
    });
    return { serving: first.serving, result };
  };
  return new Gathered(userIds => askStore(serving, generation => find(userIds, generation)));
}
