/** Waits until the system has come to rest, by asking the databases themselves and never the system's own word. */
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabase } from './model/log-events';
import { standingOf } from './model/standing';
import { PROJECTIONS } from './model/stored-rows';
import { LOGS, type ChaosStack, type LogName } from './stack/chaos-stack';

const STEPS = [
  { database: 'products', step: 'reservation', log: 'orders' },
  { database: 'orders', step: 'confirmation', log: 'products' },
] as const;

/** What is not at its head now, with how far it is. */
export async function whatIsBehind(stack: ChaosStack): Promise<{ readonly heads: string; readonly behind: string[] }> {
  const heads: Partial<Record<LogName, number>> = {};
  for (const log of LOGS)
    heads[log] = await withDatabase(
      stack,
      log,
      async sql => (await sql<{ position: number }>('select position::int from log.log_head'))[0]!.position,
    );
  const behind: string[] = [];
  const note = (who: string, log: LogName, position: number): void => {
    if (position !== heads[log]) behind.push(`${who} stands at ${log} ${position} of ${heads[log]}`);
  };
  for (const projection of PROJECTIONS) {
    const { name, logs } = projection;
    // One that may serve has to be kept current too: readers can be switched to it at any moment.
    const generations = (await standingOf(stack, projection)).filter(({ ready }) => ready);
    if (generations.length === 0) behind.push(`${name} has no generation`);
    for (const { generation, positions } of generations)
      for (const log of logs as LogName[]) note(`generation ${generation} of ${name}`, log, positions[log] ?? 0);
  }
  for (const { database, step, log } of STEPS) {
    const rows = await withDatabase(stack, database, sql =>
      sql<{ position: number }>('select position::int from log.step_checkpoints where step = $1 and log = $2', [
        step,
        log,
      ]),
    );
    note(step, log, rows[0]?.position ?? 0);
  }
  return { heads: JSON.stringify(heads), behind };
}

const EVERY_MS = 200;
/** The same heads for so long: no step goes on writing. */
const STILL_MS = 1500;

/** Resolves when nothing moves and nothing is behind, or after `timeout` ms. `ms`: until the first moment of the final stand. */
export async function untilAtRest(
  stack: ChaosStack,
  timeout: number,
): Promise<{ readonly ms: number | undefined; readonly behind: readonly string[] }> {
  const began = performance.now();
  let since: number | undefined;
  let before = '';
  let behind: readonly string[] = [];
  while (performance.now() - began < timeout) {
    try {
      const now = await whatIsBehind(stack);
      behind = now.behind;
      if (behind.length > 0 || now.heads !== before) since = undefined;
      if (behind.length === 0) since ??= performance.now();
      before = now.heads;
      if (since !== undefined && performance.now() - since > STILL_MS)
        return { ms: Math.round(since - began), behind: [] };
    } catch (error) {
      since = undefined;
      behind = [`the databases cannot be asked: ${(error as Error).message}`];
    }
    await pause(EVERY_MS);
  }
  return { ms: undefined, behind };
}
