/** The columns every read takes in the same snapshot as its rows: who serves, how far, and whose account it is. */
import type { LogPosition, Positions } from '@foldline/contracts';
import { generationTable, servingSql } from '@foldline/projections';
import type { AccountStatus, Moment } from '../../query/read-store.port';
import { userOrders } from '../../projection/user-orders.project';
import { users } from '../../projection/user-orders.tables';

/** Incarnation and position of every log, as JSON text. */
export const positionsSql = (generation: number): string => `(
    select json_object_agg(log, json_build_array(incarnation, position))::text
    from read.checkpoints where projection = '${userOrders.name}' and generation = ${generation}
  )`;

/** What is the same for all rows stands in the first one only; `asked(user_id, caller_id, ..., n)` is what was asked for. */
export const momentColumns = (generation: number): string => `
  case when asked.n = 1 then ${servingSql(userOrders.name)} end as serving,
  case when asked.n = 1 then ${positionsSql(generation)} end as positions,
  (select status from ${generationTable(users, generation)} u where u.id = asked.user_id) as "user",
  (select status from ${generationTable(users, generation)} u where u.id = asked.caller_id) as caller`;

export interface MomentRow {
  readonly serving: number | null;
  readonly positions: string | null;
  readonly user: AccountStatus | null;
  readonly caller: AccountStatus | null;
}

let last: { readonly text: string | null; readonly positions: Positions } = { text: null, positions: {} };

/** The same text gives the same object, so that what is made from positions can be kept beside them. */
export function readPositions(text: string | null): Positions {
  if (text === last.text) return last.positions;
  const stored = JSON.parse(text ?? '{}') as Record<string, [string, number]>;
  const positions = Object.fromEntries(
    Object.entries(stored).map(([log, [incarnation, position]]): [string, LogPosition] => [
      log,
      { incarnation, position },
    ]),
  );
  last = { text, positions };
  return positions;
}

/** Rows of one statement, in the order asked. */
export function withMoment<Row extends MomentRow, Answer>(
  rows: readonly Row[],
  answer: (row: Row) => Answer,
): { serving: number; result: (Answer & Moment)[] } {
  const [first] = rows;
  const positions = readPositions(first?.positions ?? null);
  const generation = first?.serving ?? 0;
  const result = rows.map(row => ({ ...answer(row), generation, positions, user: row.user, caller: row.caller }));
  return { serving: generation, result };
}
