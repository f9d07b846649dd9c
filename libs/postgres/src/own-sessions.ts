/** Whether a connection is a session of its own: leadership rests on advisory locks, reads on prepared statements. */
import { Connection } from './connection';
import type { SessionSettings } from './session';

const backendOf = async (connection: Connection): Promise<number> =>
  (await connection.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;

/**
 * Throws where a pooler hands out its sessions by the transaction. Two open connections of PostgreSQL itself never share
 * a backend and never change it; behind such a pooler one of both happens, whichever it takes next.
 */
export async function assertOwnSessions(settings: Pick<SessionSettings, 'url' | 'name'>): Promise<void> {
  const [one, other] = [await Connection.open(settings), await Connection.open(settings)];
  try {
    const [first, second, third, last] = [
      await backendOf(one),
      await backendOf(other),
      await backendOf(other),
      await backendOf(one),
    ];
    if (first !== second && second === third && first === last) return;
    throw new Error(
      'DATABASE_URL leads to a connection pooler in transaction mode, behind which locks and prepared statements of a session are lost: name the PostgreSQL server itself, or set the pooler to session mode (pool_mode = session)',
    );
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}
