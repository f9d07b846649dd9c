/** Statements that may be repeated: once more after a lost connection, then the log counts as unavailable. */
import { isRefusal, isUnavailable, type Queryable, type Rows, type Statement } from '@foldline/postgres';
import { LogUnavailableError } from '../event-log.port';

export class Reads implements Queryable {
  constructor(private readonly database: Queryable) {}

  async query<Row>(statement: string | Statement, values?: readonly unknown[]): Promise<Rows<Row>> {
    try {
      return await this.database.query<Row>(statement, values).catch((error: unknown) => {
        // A pooled session may have died unnoticed, as after a restart of the server.
        if (isRefusal(error)) throw error;
        return this.database.query<Row>(statement, values);
      });
    } catch (cause) {
      if (isRefusal(cause) && !isUnavailable(cause)) throw cause;
      throw new LogUnavailableError('the log cannot be read now; try again', { cause });
    }
  }
}
