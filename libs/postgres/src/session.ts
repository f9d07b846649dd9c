/** What every session of ours has in common: addresses, time limits, UTC, keepalives. */
import type { ClientConfig } from 'pg';
import { valueParsers } from './values';

export interface SessionSettings {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** The server gives up a statement after this; default 10,000; 0 for no limit (bulk work). */
  readonly statementTimeoutMs?: number;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Server settings of the session, e.g. `{ jit: 'off' }`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Statements are sent without waiting for the answers to those before; each is a transaction of its own. Default false. */
  readonly pipeline?: boolean;
}

const STATEMENT_TIMEOUT_MS = 10_000;
/** We wait a little longer than the server, so that a slow statement ends as a clear refusal and not as an unknown outcome. */
const GRACE_MS = 2_000;

/** How long an answer is waited for; 0 for ever. */
export const answerLimitMs = ({ statementTimeoutMs = STATEMENT_TIMEOUT_MS }: SessionSettings): number =>
  statementTimeoutMs && statementTimeoutMs + GRACE_MS;

export function clientConfig(settings: SessionSettings): ClientConfig {
  // As an option: the driver would leave 0 out, and then the role's own limit holds.
  const limit = { statement_timeout: String(settings.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS) };
  const options = { TimeZone: 'UTC', DateStyle: 'ISO', ...limit, ...settings.options };
  return {
    connectionString: settings.url,
    application_name: settings.name,
    connectionTimeoutMillis: settings.connectTimeoutMs ?? 5_000,
    // Of pipelined statements the driver would count the time of those before: Connection waits by itself there.
    query_timeout: settings.pipeline ? 0 : answerLimitMs(settings),
    pipeline: settings.pipeline,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: Object.entries(options)
      .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
      .join(' '),
    types: valueParsers,
  };
}
