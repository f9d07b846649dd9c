/** A transaction in one place, whatever kind of session it runs on. */
import type { Queryable } from './queryable';

export type Isolation = 'read committed' | 'repeatable read';

/** Commits what `work` did, or nothing of it. `session`: one session, without a pipeline. */
export async function inTransaction<T>(
  session: Queryable,
  work: (tx: Queryable) => Promise<T>,
  isolation: Isolation = 'read committed',
): Promise<T> {
  await session.query(`begin isolation level ${isolation}`);
  try {
    const result = await work(session);
    await session.query('commit');
    return result;
  } catch (error) {
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
}
