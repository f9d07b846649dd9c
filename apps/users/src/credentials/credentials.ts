/** Where password hashes are kept: in the service's own tables, never in an event. */
import type { UserId } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';

export class Credentials {
  constructor(private readonly database: Queryable) {}

  async find(userId: UserId): Promise<string | undefined> {
    const { rows } = await this.database.query<{ password_hash: string }>(
      'select password_hash from service.credentials where user_id = $1',
      [userId],
    );
    return rows[0]?.password_hash;
  }

  async keep(userId: UserId, hash: string): Promise<void> {
    await this.database.query(
      `insert into service.credentials (user_id, password_hash) values ($1, $2)
       on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = now()`,
      [userId, hash],
    );
  }

  /** Only where `from` still stands: a password that was changed meanwhile stays changed. */
  async replace(userId: UserId, from: string, to: string): Promise<boolean> {
    const { count } = await this.database.query(
      'update service.credentials set password_hash = $3 where user_id = $1 and password_hash = $2',
      [userId, from, to],
    );
    return count > 0;
  }

  async remove(userId: UserId): Promise<void> {
    await this.database.query('delete from service.credentials where user_id = $1', [userId]);
  }
}
