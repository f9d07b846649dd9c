/** The connection that carries append calls, and finds out what became of a call whose answer was lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { Connection, isRefusal, isUnavailable, sqlStateOf, type SessionSettings } from '@foldline/postgres';
import { LogUnavailableError, type AppendResult } from '../event-log.port';
import { appendCall, readAnswer, type AppendAnswer, type EncodedAppend } from './append-call';
import { findWritten } from './find-written';
import { PLANNER } from './planner';

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;
const UNIQUE_VIOLATION = '23505';

/** Per append a result, or the error that is its alone. */
export interface LaneAnswer {
  readonly results: readonly (AppendResult | Error)[];
  readonly head: number;
  /** Id of the event before the first one written, where the answer told it. */
  readonly previousId?: string;
}

export class AppendLane {
  private connection: Connection | undefined;
  private connecting: Promise<Connection> | undefined;
  private closing = false;

  constructor(
    private readonly session: SessionSettings,
    private readonly giveUpAfterMs: number,
  ) {}

  /**
   * Sends the call until its outcome is known. Sending again is safe whatever became of the first time: commands, versions
   * and event ids are checked under the lock that puts all appends in order. Rejects with LogUnavailableError.
   */
  async send(appends: readonly EncodedAppend[], sentBefore = false): Promise<LaneAnswer> {
    const giveUpAt = Date.now() + this.giveUpAfterMs;
    let unknown = sentBefore;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const connection = await this.connected();
        try {
          return await this.call(connection, appends, unknown);
        } catch (error) {
          unknown ||= !isRefusal(error);
          throw error;
        }
      } catch (error) {
        if (isRefusal(error) && !isTransient(error)) return this.afterRefusal(appends, error as Error, unknown);
        if (this.closing || Date.now() + wait > giveUpAt) throw unavailable(error, unknown);
      }
      await pause(wait);
    }
  }

  close(): Promise<void> {
    this.closing = true;
    return this.connection?.close() ?? Promise.resolve();
  }

  private async call(
    connection: Connection,
    appends: readonly EncodedAppend[],
    sentBefore: boolean,
  ): Promise<LaneAnswer> {
    const { rows } = await connection.query<AppendAnswer>(appendCall(appends));
    const { results, head } = readAnswer(appends, rows[0]!);
    const previousId = rows[0]![4] ?? undefined;
    if (!sentBefore) return { results, head, ...(previousId !== undefined && { previousId }) };
    // A refusal now may be the trace of what this very call wrote the first time.
    for (const [i, append] of appends.entries())
      if (results[i]!.kind !== 'appended') results[i] = (await findWritten(connection, append))?.own ?? results[i]!;
    return { results, head };
  }

  /** The whole call was refused, so nothing of it was written: each alone, so that one bad append fails no neighbour. */
  private async afterRefusal(
    appends: readonly EncodedAppend[],
    error: Error,
    sentBefore: boolean,
  ): Promise<LaneAnswer> {
    if (isUnavailable(error)) throw unavailable(error, sentBefore);
    const [first] = appends;
    if (appends.length === 1 && first) return this.afterOwnRefusal(first, error, sentBefore);
    const results: (AppendResult | Error)[] = [];
    let head = 0;
    for (const append of appends) {
      const alone = await this.send([append], sentBefore).catch((failed: unknown) => ({
        results: [failed as Error],
        head,
      }));
      results.push(...alone.results);
      head = Math.max(head, alone.head);
    }
    return { results, head };
  }

  /** The command's row may have been purged: its event ids still tell that it was carried out. */
  private async afterOwnRefusal(append: EncodedAppend, error: Error, sentBefore: boolean): Promise<LaneAnswer> {
    const written = sqlStateOf(error) === UNIQUE_VIOLATION && (await findWritten(await this.connected(), append));
    if (!written) return { results: [error], head: 0 };
    return { results: [(sentBefore && written.own) || written.duplicate], head: 0 };
  }

  private async connected(): Promise<Connection> {
    if (this.closing) throw new LogUnavailableError('the log is being closed');
    if (this.connection && !this.connection.lost) return this.connection;
    return (this.connecting ??= this.connect());
  }

  /** Calls that find no connection share a new one. */
  private async connect(): Promise<Connection> {
    try {
      return (this.connection = await Connection.open({ ...this.session, options: PLANNER, pipeline: true }));
    } finally {
      this.connecting = undefined;
    }
  }
}

/** Deadlock or serialisation: the server says to try again. */
const isTransient = (error: unknown): boolean => /^40/.test(sqlStateOf(error) ?? '');

const unavailable = (cause: unknown, unknown: boolean): LogUnavailableError =>
  cause instanceof LogUnavailableError
    ? cause
    : new LogUnavailableError(
        unknown
          ? 'the log did not answer in time; send the same command id again to learn what became of it'
          : 'the log cannot be reached now; nothing was written, try again',
        { cause },
      );
