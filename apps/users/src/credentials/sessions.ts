/** Sign-ins and their refresh tokens (RFC 9700, 4.14.2: rotation; a used token that comes back ends its session). */
import type { UserId } from '@foldline/contracts';
import type { Pool, Queryable } from '@foldline/postgres';
import { hashOfToken, newRefreshToken } from './refresh-tokens';

export interface SessionTimes {
  /** A session that is not refreshed for so long is over. */
  readonly idleHours: number;
  /** And every session after so long. */
  readonly longestHours: number;
}

export interface Session {
  readonly sessionId: string;
  readonly userId: UserId;
}
export type SessionEnd = 'sign-out' | 'reuse' | 'password' | 'closed' | 'too-many';

export type Rotation =
  | { readonly kind: 'refreshed'; readonly session: Session; readonly refreshToken: string }
  | { readonly kind: 'refused' }
  /** The token was used before: somebody else has it too, so the session was ended for both. */
  | { readonly kind: 'reused'; readonly session: Session };

const MOST_PER_USER = 50;
const SOME = 1000;

interface SessionRow {
  readonly session_id: string;
  readonly user_id: UserId;
}
const sessionOf = ({ session_id, user_id }: SessionRow): Session => ({ sessionId: session_id, userId: user_id });

export class Sessions {
  constructor(
    private readonly database: Pool,
    private readonly times: SessionTimes,
  ) {}

  /**
   * Its first refresh token; undefined when the password was changed since it was checked: the row lock makes a change of
   * the password either see this session, and end it, or be seen here.
   */
  async start({ sessionId, userId }: Session, passwordHash: string): Promise<string | undefined> {
    const refreshToken = newRefreshToken();
    const { idleHours, longestHours } = this.times;
    const { count } = await this.database.query(
      `with owner as (
         select user_id from service.credentials where user_id = $2 and password_hash = $3 for share
       ), session as (
         insert into service.sessions (session_id, user_id, expires_at)
         select $1, user_id, now() + make_interval(hours => $4) from owner
         returning session_id, expires_at
       )
       insert into service.refresh_tokens (token_hash, session_id, expires_at)
       select $6, session_id, least(expires_at, now() + make_interval(hours => $5)) from session`,
      [sessionId, userId, passwordHash, longestHours, idleHours, hashOfToken(refreshToken)],
    );
    if (!count) return undefined;
    await this.endOldest(userId);
    return refreshToken;
  }

  /** Gives a new token for one that is good, once. */
  async rotate(token: string): Promise<Rotation> {
    const refreshToken = newRefreshToken();
    const { rows } = await this.database.query<SessionRow>(
      `with used as (
         update service.refresh_tokens set used_at = now()
          where token_hash = $1 and used_at is null and expires_at > now()
         returning session_id
       ), session as (
         select session_id, user_id, expires_at from service.sessions join used using (session_id)
          where ended_at is null and expires_at > now()
       ), fresh as (
         insert into service.refresh_tokens (token_hash, session_id, expires_at)
         select $2, session_id, least(expires_at, now() + make_interval(hours => $3)) from session
       )
       select session_id, user_id from session`,
      [hashOfToken(token), hashOfToken(refreshToken), this.times.idleHours],
    );
    if (rows[0]) return { kind: 'refreshed', session: sessionOf(rows[0]), refreshToken };
    const reused = await this.end(
      `session_id in (select session_id from service.refresh_tokens where token_hash = $1 and used_at is not null)`,
      [hashOfToken(token)],
      'reuse',
    );
    return reused[0] ? { kind: 'reused', session: reused[0] } : { kind: 'refused' };
  }

  async isOpen(sessionId: string): Promise<boolean> {
    const { count } = await this.database.query(
      'select from service.sessions where session_id = $1 and ended_at is null and expires_at > now()',
      [sessionId],
    );
    return count > 0;
  }

  /** Ends the session of a refresh token, used or not. */
  async signOut(token: string): Promise<void> {
    const sql = 'session_id in (select session_id from service.refresh_tokens where token_hash = $1)';
    await this.end(sql, [hashOfToken(token)], 'sign-out');
  }

  async endAllOf(userId: UserId, by: SessionEnd): Promise<void> {
    await this.end('user_id = $1', [userId], by);
  }

  /** Changes a password and ends the user's other sessions, both or neither. False when the password is no longer `from`. */
  changePassword(userId: UserId, from: string, to: string, kept: string | undefined): Promise<boolean> {
    return this.database.transaction(async tx => {
      const { count } = await tx.query(
        `update service.credentials set password_hash = $3, changed_at = now() where user_id = $1 and password_hash = $2`,
        [userId, from, to],
      );
      // A statement of its own: it must see the sessions that the lock above waited for.
      if (count)
        await this.end('user_id = $1 and session_id is distinct from $2', [userId, kept ?? null], 'password', tx);
      return count > 0;
    });
  }

  /** Removes what has been over for a day; `false` when there is more. */
  async purge(): Promise<boolean> {
    const { count } = await this.database.query(
      `delete from service.sessions where session_id in (
         select session_id from service.sessions where expires_at < now() - interval '1 day' limit ${SOME})`,
    );
    return count < SOME;
  }

  private async end(
    which: string,
    values: readonly unknown[],
    by: SessionEnd,
    database: Queryable = this.database,
  ): Promise<Session[]> {
    const { rows } = await database.query<SessionRow>(
      `update service.sessions set ended_at = now(), expires_at = now(), ended_by = '${by}' where ended_at is null and ${which}
       returning session_id, user_id`,
      values,
    );
    return rows.map(sessionOf);
  }

  /** Bounds what one user can make this service keep. */
  private async endOldest(userId: UserId): Promise<void> {
    const oldest = `session_id in (select session_id from service.sessions where user_id = $1 and ended_at is null
       order by started_at desc, session_id desc offset ${MOST_PER_USER})`;
    await this.end(oldest, [userId], 'too-many');
  }
}
