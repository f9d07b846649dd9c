/** A session of one's own: for locks, group commit and bulk work. Once anything but a refusal happens to it, it is gone. */
import { Client, type QueryConfig, type Submittable } from 'pg';
import { ConnectionLostError, isRefusal } from './errors';
import type { Queryable, Rows, Statement } from './queryable';
import { answerLimitMs, clientConfig, type SessionSettings } from './session';

type Runs = Pick<Client, 'query'>;

export async function runOn<Row>(client: Runs, statement: string | Statement, values?: readonly unknown[]) {
  const { text, name, asArrays, values: own } = typeof statement === 'string' ? { text: statement } : statement;
  const config = { text, name, values: values ?? own, ...(asArrays && { rowMode: 'array' }) } as QueryConfig;
  const result = await client.query(config);
  return { rows: result.rows as Row[], count: result.rowCount ?? 0 } satisfies Rows<Row>;
}

export class Connection implements Queryable {
  private lostBecause: Error | undefined;
  private readonly lostListeners: ((error: Error) => void)[] = [];
  /** Answers that are still to come, and until when the next of them is waited for. */
  private owed = 0;
  private late: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: Client,
    private readonly settings: SessionSettings,
  ) {
    client.on('error', error => this.lose(error));
    client.on('end', () => this.lose(new ConnectionLostError('the connection to PostgreSQL was closed')));
  }

  /** Rejects when the server cannot be reached in time. */
  static async open(settings: SessionSettings): Promise<Connection> {
    const client = new Client(clientConfig(settings));
    const connection = new Connection(client, settings);
    try {
      await client.connect();
    } catch (error) {
      connection.lose(error as Error);
      throw error;
    }
    return connection;
  }

  get lost(): boolean {
    return this.lostBecause !== undefined;
  }

  /** Called once when the session has gone, also when `close` was asked for. */
  onLost(listener: (error: Error) => void): void {
    if (this.lostBecause) listener(this.lostBecause);
    else this.lostListeners.push(listener);
  }

  /** Rejects with the server's refusal, or with ConnectionLostError: then the outcome is unknown. */
  async query<Row>(statement: string | Statement, values?: readonly unknown[]): Promise<Rows<Row>> {
    if (this.lostBecause)
      throw new ConnectionLostError('the connection to PostgreSQL is lost', { cause: this.lostBecause });
    this.owe(1);
    try {
      return await runOn<Row>(this.client, statement, values);
    } catch (error) {
      if (isRefusal(error)) throw error;
      // After a timeout the answer may still arrive and would be taken for the next one's: the session is never used again.
      this.lose(error as Error);
      throw new ConnectionLostError((error as Error).message, { cause: error });
    } finally {
      this.owe(-1);
    }
  }

  /** For streams (COPY): the driver's own submittable. Throws ConnectionLostError. */
  submit<T extends Submittable>(query: T): T {
    if (this.lostBecause)
      throw new ConnectionLostError('the connection to PostgreSQL is lost', { cause: this.lostBecause });
    return this.client.query(query);
  }

  /** Cuts the session at once; the server ends what was running. */
  destroy(): void {
    this.lose(new ConnectionLostError('the connection was cut on purpose'));
  }

  async close(): Promise<void> {
    if (this.lostBecause) return;
    await this.client.end().catch(() => undefined);
    this.lose(new ConnectionLostError('the connection was closed on purpose'));
  }

  /** A statement's time begins when the answer to the one before has come. */
  private owe(more: 1 | -1): void {
    this.owed += more;
    if (!this.settings.pipeline || (more === 1 && this.owed > 1)) return;
    clearTimeout(this.late);
    const limit = answerLimitMs(this.settings);
    if (this.owed > 0 && limit > 0 && !this.lost)
      this.late = setTimeout(() => this.lose(new ConnectionLostError('no answer came in time')), limit);
  }

  private lose(error: Error): void {
    if (this.lostBecause) return;
    this.lostBecause = error;
    clearTimeout(this.late);
    const { stream } = (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection;
    stream.destroy();
    for (const listener of this.lostListeners) listener(error);
  }
}
