/** Moves the pointer that readers follow; fenced, so that no reader is ever shown less than before. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogName } from '@foldline/contracts';
import type { Pool, Queryable } from '@foldline/postgres';
import type { Checkpoint } from '../ports';
import type { GenerationState } from '../store/projection-store';
import { assertReady, refused } from '../store/refusals';
import { behind, type SwitchOptions } from '../store/replayable-stores';
import { GENERATIONS_LOCK } from './generations-lock';

const LOOK_EVERY_MS = 5;

export const switchGeneration = (
  pool: Pool,
  projection: string,
  generation: number,
  { waitMs, replaced = new Set(), keepMs }: SwitchOptions,
): Promise<void> =>
  pool.transaction(async tx => {
    await tx.query(GENERATIONS_LOCK);
    const serving = await servingBeside(tx, projection, generation);
    if (serving === generation) return;
    // The serving one stands still from here to the commit, and the new one goes on until it shows as much.
    await tx.query('select from read.generations where projection = $1 and generation = $2 for update', [
      projection,
      serving,
    ]);
    const shown = await standingOf(tx, projection, serving);
    for (const log of replaced) shown.delete(log);
    for (const end = performance.now() + waitMs; ; await pause(LOOK_EVERY_MS)) {
      const what = behind(shown, await standingOf(tx, projection, generation));
      if (what.length === 0) break;
      if (performance.now() >= end) throw refused.behind(projection, generation, what);
    }
    await tx.query('update read.projections set serving = $2, previous = serving where name = $1', [
      projection,
      generation,
    ]);
    await tx.query(
      `update read.generations set keep_until = case when generation = $2 then clock_timestamp() + $3 * interval '1 ms' end
       where projection = $1 and generation in ($2, $4)`,
      [projection, serving, keepMs ?? null, generation],
    );
  });

/** The generation that serves, where the other one may. */
async function servingBeside(tx: Queryable, projection: string, generation: number): Promise<number> {
  const { rows } = await tx.query<{ serving: number; state: GenerationState | null }>(
    `select p.serving, g.state from read.projections p
     left join read.generations g on g.projection = p.name and g.generation = $2 where p.name = $1`,
    [projection, generation],
  );
  const [row] = rows;
  if (!row) throw refused.nothingYet(projection);
  assertReady(projection, generation, row.state);
  return row.serving;
}

async function standingOf(tx: Queryable, projection: string, generation: number): Promise<Map<LogName, Checkpoint>> {
  const { rows } = await tx.query<Checkpoint & { log: LogName }>(
    'select log, incarnation, position, event_id as "eventId" from read.checkpoints where projection = $1 and generation = $2',
    [projection, generation],
  );
  return new Map(rows.map(({ log, ...checkpoint }) => [log, checkpoint]));
}
