/** The logs as plain SQL gives them, read past every piece of the shop's own code. */
import { LOGS, type ChaosStack, type DatabaseName, type LogName } from '../stack/chaos-stack';
import { withUrl, type Sql } from '../stack/sql-session';

export type { Sql };

export interface LogEvent {
  readonly log: LogName;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly id: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- data of every type of event
  readonly data: any;
  readonly metadata: { readonly commandId: string; readonly actor?: string };
  /** RFC 3339 UTC with milliseconds. */
  readonly recordedAt: string;
}

/** As the superuser. */
export const withDatabase = <T>(stack: ChaosStack, name: DatabaseName, work: (sql: Sql) => Promise<T>): Promise<T> =>
  withUrl(stack.databaseUrl(name), work);

export interface Head {
  readonly incarnation: string;
  readonly position: number;
}

const EVENTS = `select position::int, stream, version, type, event_id as id, data, metadata, recorded_at as at
  from log.events where position > $1 order by position`;

/** All events of all logs; `catchUp` reads what came since, since a log only grows. */
export class Logs {
  /** Positions; what was taken is read too. */
  private readonly readUpTo: Record<LogName, number> = { users: 0, products: 0, orders: 0 };
  readonly events: Record<LogName, LogEvent[]> = { users: [], products: [], orders: [] };
  readonly heads: Record<LogName, Head> = {
    users: { incarnation: '', position: 0 },
    products: { incarnation: '', position: 0 },
    orders: { incarnation: '', position: 0 },
  };

  constructor(private readonly stack: ChaosStack) {}

  async catchUp(): Promise<void> {
    for (const log of LOGS)
      await withDatabase(this.stack, log, async sql => {
        // The head first: what is read after it holds at least that much.
        this.heads[log] = (await sql<Head>('select incarnation, position::int from log.log_head'))[0]!;
        const known = this.events[log];
        const rows = await sql<Omit<LogEvent, 'log' | 'recordedAt'> & { at: Date }>(EVENTS, [this.readUpTo[log]]);
        for (const { at, ...row } of rows) known.push({ log, ...row, recordedAt: at.toISOString() });
        this.readUpTo[log] = known.at(-1)?.position ?? this.readUpTo[log];
      });
  }

  /** The events that were not taken yet, for who needs each once: they are not kept. */
  take(log: LogName): LogEvent[] {
    return this.events[log].splice(0);
  }
}
