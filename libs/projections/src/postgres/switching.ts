/** Moves the pointer that readers follow; fenced, so that no reader is ever shown less than before. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogName } from '@foldline/contracts';
import type { Pool, Queryable } from '@foldline/postgres';
import { GenerationRefusedError } from '../store/generation-build';
import type { SwitchOptions } from '../store/projection-store';
import { GENERATIONS_LOCK } from './generations-lock';

interface Standing {
  readonly log: LogName;
  readonly incarnation: string;
  readonly position: number;
}

const LOOK_EVERY_MS = 5;

export const switchGeneration = (
  pool: Pool,
  projection: string,
  generation: number,
  { waitMs, replaced = new Set(), keepMs }: SwitchOptions,
): Promise<void> =>
  pool.transaction(async tx => {
    await tx.query(GENERATIONS_LOCK);
    const serving = await assertReady(tx, projection, generation);
    if (serving === generation) return;
    // The serving one stands still from here to the commit, and the new one goes on until it shows as much.
    await tx.query('select from read.generations where projection = $1 and generation = $2 for update', [
      projection,
      serving,
    ]);
    const shown = (await standingOf(tx, projection, serving)).filter(({ log }) => !replaced.has(log));
    for (const end = performance.now() + waitMs; ; await pause(LOOK_EVERY_MS)) {
      const behind = missing(shown, await standingOf(tx, projection, generation));
      if (behind.length === 0) break;
      if (performance.now() >= end)
        throw new GenerationRefusedError(
          `generation ${generation} of ${projection} is behind the one that serves (${behind.join('; ')}): ` +
            'see that its service runs, and try again when "status" says that it is level.',
        );
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

async function assertReady(tx: Queryable, projection: string, generation: number): Promise<number> {
  const { rows } = await tx.query<{ serving: number; state: string | null }>(
    `select p.serving, g.state from read.projections p
     left join read.generations g on g.projection = p.name and g.generation = $2 where p.name = $1`,
    [projection, generation],
  );
  const [row] = rows;
  if (!row) throw new GenerationRefusedError(`${projection} has no generation yet: start its service first.`);
  if (row.state === null)
    throw new GenerationRefusedError(`${projection} has no generation ${generation}: "status" lists what there is.`);
  if (row.state !== 'ready')
    throw new GenerationRefusedError(
      `generation ${generation} of ${projection} is not built yet: run "rebuild" first.`,
    );
  return row.serving;
}

async function standingOf(tx: Queryable, projection: string, generation: number): Promise<Standing[]> {
  const { rows } = await tx.query<Standing>(
    'select log, incarnation, position from read.checkpoints where projection = $1 and generation = $2',
    [projection, generation],
  );
  return rows;
}

function missing(shown: readonly Standing[], now: readonly Standing[]): string[] {
  return shown.flatMap(({ log, incarnation, position }) => {
    const at = now.find(other => other.log === log);
    if (at && at.incarnation !== incarnation) return [`${log} is of another log`];
    return (at?.position ?? 0) >= position ? [] : [`${log} at ${at?.position ?? 0} of ${position}`];
  });
}
