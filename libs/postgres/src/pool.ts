/** A bounded set of sessions. A session that failed otherwise than by a refusal never goes back into it. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool as PgPool, type PoolClient } from 'pg';
import { runOn } from './connection';
import { isRefusal } from './errors';
import type { Queryable, Rows, Statement } from './queryable';
import { clientConfig, type SessionSettings } from './session';
import { inTransaction, type Isolation } from './transaction';

export interface PoolSettings extends SessionSettings {
  /** Most sessions at once; default 5. A caller waits at most `connectTimeoutMs` for a free one. */
  readonly max?: number;
}

/** A server that cannot be reached must not keep a process from its end. */
const GOODBYE_MS = 1000;

export class Pool implements Queryable {
  private readonly sessions = new Set<Promise<void>>();

  constructor(private readonly pool: PgPool) {
    // An idle session may die at any time; the pool replaces it, and without a listener the process would end.
    pool.on('error', () => undefined);
    // Nor has one a listener between the pool's hands and ours: ended right after it was opened, it would end the process.
    pool.on('connect', client => {
      client.on('error', () => undefined);
      const ended = new Promise<void>(done => client.once('end', done)).then(() => void this.sessions.delete(ended));
      this.sessions.add(ended);
    });
  }

  async query<Row>(statement: string | Statement, values?: readonly unknown[]): Promise<Rows<Row>> {
    return this.use(session => session.query<Row>(statement, values));
  }

  /** One session for several statements outside a transaction. */
  async use<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const note = (error: Error) => (broken ??= error);
    client.on('error', note);
    try {
      return await work(sessionOf(client, note));
    } finally {
      client.off('error', note);
      client.release(broken);
    }
  }

  /** Commits what `work` did, or nothing of it. Isolation is READ COMMITTED unless another is named. */
  transaction<T>(work: (tx: Queryable) => Promise<T>, isolation?: Isolation): Promise<T> {
    return this.use(session => inTransaction(session, work, isolation));
  }

  /** Sessions waited for now: a sign of overload. */
  get waiting(): number {
    return this.pool.waitingCount;
  }

  /** The driver's pool only says goodbye; whoever asks the server who is there must not find sessions that were ended. */
  async end(): Promise<void> {
    await this.pool.end();
    await Promise.race([Promise.all(this.sessions), pause(GOODBYE_MS, undefined, { ref: false })]);
  }
}

const sessionOf = (client: PoolClient, note: (error: Error) => void): Queryable => ({
  async query<Row>(statement: string | Statement, values?: readonly unknown[]) {
    try {
      return await runOn<Row>(client, statement, values);
    } catch (error) {
      if (!isRefusal(error)) note(error as Error);
      throw error;
    }
  },
});

/** Never fails by itself: sessions are opened when they are needed. */
export const connectPool = (settings: PoolSettings): Pool =>
  new Pool(new PgPool({ ...clientConfig(settings), max: settings.max ?? 5, idleTimeoutMillis: 60_000 }));
