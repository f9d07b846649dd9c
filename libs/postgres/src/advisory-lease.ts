/**
 * Leadership by an advisory lock on a connection of its own. It saves work and is never what correctness rests on: a
 * leader cut off from the server may go on believing for as long as its probe's deadline.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection';
import type { SessionSettings } from './session';

export interface LeaseSettings extends Pick<SessionSettings, 'url' | 'name'> {
  /** What is led, e.g. `relay:orders`. */
  readonly lock: string;
  /** How often to try for the lock, and to ask whether it is still ours; default 1,000. */
  readonly everyMs?: number;
  /** An unanswered probe means the lock is lost; default 3,000. Must be less than the server takes to free a dead session (5 s). */
  readonly deadlineMs?: number;
}

/** The server notices a vanished client within about 5 s instead of hours, and frees its lock. */
const KEEPALIVE = {
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '5000',
};

// Asked by the session itself: behind a pooler in transaction mode another backend answers, and the lock counts as lost.
const STILL_OURS = `select from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()
  and granted and ((classid::bigint << 32) | objid::bigint) = $1::bigint`;

export class AdvisoryLease {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private leading = false;

  constructor(private readonly settings: LeaseSettings) {}

  get held(): boolean {
    return this.leading;
  }

  /** Calls `lead` whenever the lock is ours; its signal says that the lock is lost or `stop` was called. Returns at once. */
  start(lead: (signal: AbortSignal) => Promise<void>): void {
    this.running ??= this.contend(lead);
  }

  /** Lets `lead` finish, frees the lock explicitly, closes the session. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async contend(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { everyMs = 1_000 } = this.settings;
    while (!this.stopping.signal.aborted) {
      await this.tryToLead(lead).catch(() => undefined);
      await pause(everyMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private async tryToLead(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { url, name, lock, everyMs = 1_000, deadlineMs = 3_000 } = this.settings;
    const connection = await Connection.open({ url, name, options: KEEPALIVE, statementTimeoutMs: deadlineMs });
    try {
      const key = (await connection.query<{ key: string }>('select hashtextextended($1, 0)::text as key', [lock]))
        .rows[0]!.key;
      while (!this.stopping.signal.aborted) {
        const { rows } = await connection.query<{ got: boolean }>('select pg_try_advisory_lock($1::bigint) as got', [
          key,
        ]);
        if (rows[0]!.got) break;
        await pause(everyMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
      if (!this.stopping.signal.aborted) await this.leadUntilLost(connection, key, lead);
      await connection.query('select pg_advisory_unlock_all()');
    } finally {
      this.leading = false;
      await connection.close();
    }
  }

  private async leadUntilLost(
    connection: Connection,
    key: string,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { everyMs = 1_000, deadlineMs = 3_000 } = this.settings;
    const lost = new AbortController();
    const over = AbortSignal.any([lost.signal, this.stopping.signal]);
    connection.onLost(() => lost.abort());
    this.leading = true;
    const probing = (async () => {
      while (!over.aborted) {
        await pause(everyMs, undefined, { signal: over }).catch(() => undefined);
        if (over.aborted) return;
        const deadline = setTimeout(() => connection.destroy(), deadlineMs);
        const ours = await connection.query(STILL_OURS, [key]).finally(() => clearTimeout(deadline));
        if (ours.count === 0) lost.abort();
      }
    })().catch(() => lost.abort());
    try {
      await lead(over);
    } finally {
      this.leading = false;
      lost.abort();
      await probing;
    }
  }
}
