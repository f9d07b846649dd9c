/** After a log was restored from a backup: another identity for it, and an honest place for the steps that read it. */
import type { LogName } from '@foldline/contracts';
import { inTransaction, type Queryable } from '@foldline/postgres';

export interface Restored {
  readonly before: string;
  readonly incarnation: string;
  /** The end of the log as it was restored. */
  readonly position: number;
}

/** Somebody works with the log by the service's role: nothing was changed. `sessions` as `name (process 4711 of PostgreSQL)`. */
export class LogInUseError extends Error {
  override readonly name = 'LogInUseError';
  constructor(
    readonly role: string,
    readonly sessions: readonly string[],
  ) {
    super(`the log is in use by ${role}: ${sessions.join(', ')}`);
  }
}

/**
 * Gives the log a new incarnation, so that no checkpoint of the log before can be taken for one of it. `session`: of the
 * role that owns the tables; no service may do this. Rejects with LogInUseError while `serviceRole` has a session: a service
 * that runs has told others of the log that was.
 */
export async function renewIncarnation(session: Queryable, serviceRole: string): Promise<Restored> {
  await refuseInUse(session, serviceRole);
  return inTransaction(session, async () => {
    await session.query(`set local lock_timeout = '10s'`);
    // Who comes from now on learns of the log's identity when it is the new one.
    await session.query('lock table log.log_head in access exclusive mode');
    await refuseInUse(session, serviceRole);
    const { rows } = await session.query<Restored>(
      `with was as (select incarnation, position from log.log_head)
       update log.log_head h set incarnation = gen_random_uuid() from was
       returning was.incarnation as before, h.incarnation, was.position`,
    );
    return rows[0]!;
  });
}

async function refuseInUse(session: Queryable, role: string): Promise<void> {
  const { rows } = await session.query<{ name: string; pid: number }>(
    `select application_name as name, pid from pg_stat_activity
     where datname = current_database() and usename = $1 order by backend_start`,
    [role],
  );
  if (rows.length > 0)
    throw new LogInUseError(
      role,
      rows.map(({ name, pid }) => `${name || 'without a name'} (process ${pid} of PostgreSQL)`),
    );
}

export interface MovedStep {
  readonly step: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Lets the steps of another service go on with a restored log: where they stood, or at the end of what was restored when they
 * had come further. What they did because of events that are gone stays done. `idAt`: the id of the restored log's event at a
 * position. Rejects when a step stands at an event that the restored log has not: then it is no earlier copy of the same log.
 */
export async function moveSteps(
  session: Queryable,
  log: LogName,
  { incarnation, position }: Restored,
  idAt: (position: number) => Promise<string | undefined>,
): Promise<readonly MovedStep[]> {
  const { rows } = await session.query<{ step: string; position: number; eventId: string }>(
    'select step, position, event_id as "eventId" from log.step_checkpoints where log = $1 and incarnation <> $2',
    [log, incarnation],
  );
  const moved: MovedStep[] = [];
  for (const { step, position: from, eventId } of rows) {
    const to = Math.min(from, position);
    const id = to > 0 ? await idAt(to) : undefined;
    if (from <= position && id !== eventId)
      throw new Error(
        `the step ${step} stands at event ${eventId}, which the restored log of ${log} has not at position ${from}: it is no earlier copy of the same log.`,
      );
    if (to === 0) await session.query('delete from log.step_checkpoints where step = $1 and log = $2', [step, log]);
    else
      await session.query(
        'update log.step_checkpoints set incarnation = $3, position = $4, event_id = $5 where step = $1 and log = $2',
        [step, log, incarnation, to, id],
      );
    moved.push({ step, from, to });
  }
  return moved;
}

/** Id of the event at a position of this service's own log. */
export async function eventIdAt(session: Queryable, position: number): Promise<string | undefined> {
  const { rows } = await session.query<{ id: string }>('select event_id as id from log.events where position = $1', [
    position,
  ]);
  return rows[0]?.id;
}
