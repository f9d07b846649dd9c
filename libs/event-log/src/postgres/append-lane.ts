/** One connection that carries append calls, and finds out what became of a call whose answer was lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { Connection, isRefusal, isUnavailable, sqlStateOf, type SessionSettings } from '@foldline/postgres';
import { LogUnavailableError } from '../event-log.port';
import { appendCall, readAnswer, type AppendAnswer, type CallResult, type EncodedAppend } from './append-call';

/** Small statements on a growing log: no plan may ever depend on how small the tables were when it was made. */
const PLANNER = { jit: 'off', enable_seqscan: 'off', plan_cache_mode: 'force_generic_plan' };
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/** Per append a result, or the error that is its alone. */
export interface LaneAnswer {
  readonly results: readonly (CallResult | Error)[];
  readonly head: number;
}

export class AppendLane {
  private connection: Connection | undefined;
  private closing = false;

  constructor(
    private readonly session: SessionSettings,
    private readonly giveUpAfterMs: number,
  ) {}

  /**
   * Sends the call until its outcome is known. Sending again is safe whatever became of the first time: the function
   * looks for the command ids under the lock that puts all appends in order. Rejects with LogUnavailableError.
   */
  async send(appends: readonly EncodedAppend[]): Promise<LaneAnswer> {
    const giveUpAt = Date.now() + this.giveUpAfterMs;
    let unknown = false;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const connection = await this.connected();
        try {
          const { rows } = await connection.query<AppendAnswer>(appendCall(appends));
          return readAnswer(appends, rows[0]!, unknown);
        } catch (error) {
          unknown ||= !isRefusal(error);
          throw error;
        }
      } catch (error) {
        if (isRefusal(error) && !isTransient(error)) return this.afterRefusal(appends, error as Error);
        if (this.closing || Date.now() + wait > giveUpAt) throw unavailable(error, unknown);
      }
      await pause(wait);
    }
  }

  close(): Promise<void> {
    this.closing = true;
    return this.connection?.close() ?? Promise.resolve();
  }

  /** The whole call was refused, so nothing of it was written: each alone, so that one bad append fails no neighbour. */
  private async afterRefusal(appends: readonly EncodedAppend[], error: Error): Promise<LaneAnswer> {
    if (isUnavailable(error)) throw unavailable(error, false);
    if (appends.length === 1) return { results: [error], head: 0 };
    const answers: LaneAnswer[] = [];
    for (const append of appends) answers.push(await this.send([append]));
    return {
      results: answers.flatMap(answer => answer.results),
      head: Math.max(...answers.map(answer => answer.head)),
    };
  }

  private async connected(): Promise<Connection> {
    if (this.closing) throw new LogUnavailableError('the log is being closed');
    if (!this.connection || this.connection.lost)
      this.connection = await Connection.open({ ...this.session, options: { ...PLANNER, ...this.session.options } });
    return this.connection;
  }
}

/** Deadlock or serialisation: the server says to try again. */
const isTransient = (error: unknown): boolean => /^40/.test(sqlStateOf(error) ?? '');

const unavailable = (cause: unknown, sent: boolean): LogUnavailableError =>
  cause instanceof LogUnavailableError
    ? cause
    : new LogUnavailableError(
        sent
          ? 'the log did not answer in time; send the same command id again to learn what became of it'
          : 'the log cannot be reached now; nothing was written, try again',
        { cause },
      );
