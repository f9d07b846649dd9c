/** The event log on PostgreSQL. */
import type { EncodedEvent, LogHead, LogName, StoredEvent } from '@foldline/contracts';
import { connectPool, type Pool, type SessionSettings } from '@foldline/postgres';
import { checkAppend } from '../checked-append';
import type {
  Append,
  AppendResult,
  EventLog,
  JoinedPage,
  ParkedTrigger,
  StepState,
  StoredCommand,
  StreamSnapshot,
  StreamTail,
} from '../event-log.port';
import { encodeAppend } from './append-call';
import { AppendLane } from './append-lane';
import { CommandPurge } from './command-purge';
import { GatheredLoads } from './gathered-loads';
import { GroupCommit, type CommittedBatch } from './group-commit';
import { joinedPage } from './joined-page';
import { PLANNER } from './planner';
import { RecentAppends } from './recent-appends';
import { Reads } from './reads';
import { ENCODED_COLUMNS, encodedEventOf, EVENT_COLUMNS, eventOf, SPACIOUS, type EventRow } from './rows';

export interface PostgresEventLogSettings {
  readonly log: LogName;
  /** Of the service's own role. */
  readonly url: string;
  /** Largest event on the wire, in bytes; default 900,000 (NATS carries 1 MiB with its headers). */
  readonly maxEventBytes?: number;
  /** How long a command's answer is kept; default 24 hours. */
  readonly commandsKeptMs?: number;
  /** How long an append tries to reach the server before it is given up; default 5,000. */
  readonly giveUpAfterMs?: number;
  readonly statementTimeoutMs?: number;
  /** Most sessions for reads; default 4. Appends have one of their own. */
  readonly maxReaders?: number;
  /** For metrics. */
  onBatch?(batch: CommittedBatch): void;
}

const LONGEST_PAGE_BYTES = 8_000_000;

/** One event more than is given, for the id of the event before the first. */
const PAGE = `
select * from (select *, lag(event_id) over (order by position) as previous,
                      sum(bytes) filter (where position > $1) over (order by position) as total
                 from log.events where position >= $1 order by position limit $2 + 1) more
 where position > $1 and position <= $1 + $2 and (total <= $3 or total = bytes)`;
const pageOf = (columns: string): string => `select ${columns}, previous from (${PAGE}) page order by position`;
const READ = pageOf(EVENT_COLUMNS);
const READ_ENCODED = pageOf(ENCODED_COLUMNS);
const READ_JOINED = joinedPage(PAGE, SPACIOUS);
const HEAD = `select incarnation, position, recorded_at, (select event_id from log.events where position = $1) from log.log_head`;
const COMMAND = `
select result, request_hash, position, (select incarnation from log.log_head)
  from log.commands where command_id = any ($1::uuid[]) order by array_position($1::uuid[], command_id) limit 1`;

export class PostgresEventLog implements EventLog {
  readonly log: LogName;
  private readonly pool: Pool;
  private readonly reads: Reads;
  private readonly loads: GatheredLoads;
  private readonly commits: GroupCommit;
  private readonly recent: RecentAppends;
  private readonly purge: CommandPurge;
  private readonly listeners = new Set<(head: number) => void>();
  private readonly maxEventBytes: number;

  /** Connects when it is first used, and again whenever it must. */
  constructor(settings: PostgresEventLogSettings) {
    const { log, url, statementTimeoutMs = 5_000, giveUpAfterMs = 5_000 } = settings;
    this.log = log;
    this.maxEventBytes = settings.maxEventBytes ?? 900_000;
    const session = (part: string): SessionSettings => ({ url, name: `${log}-log-${part}`, statementTimeoutMs });
    this.pool = connectPool({
      ...session('read'),
      max: settings.maxReaders ?? 4,
      options: PLANNER,
    });
    this.reads = new Reads(this.pool);
    this.loads = new GatheredLoads(log, this.reads);
    this.recent = new RecentAppends(log);
    this.purge = new CommandPurge(this.reads, settings.commandsKeptMs ?? 24 * 3_600_000);
    this.commits = new GroupCommit(
      new AppendLane(session('append'), giveUpAfterMs),
      { maxAppends: 500, maxBytes: 4_000_000, maxWaiting: 10_000 },
      batch => {
        settings.onBatch?.(batch);
        if (batch.events > 0) for (const listener of this.listeners) listener(batch.head);
      },
      (result, { events }, previousId) => this.recent.remember(result, events, previousId),
    );
  }

  async append(append: Append): Promise<AppendResult> {
    return this.commits.append(encodeAppend(checkAppend(this.log, append, this.maxEventBytes)));
  }

  load(stream: string, after: number, fingerprint?: string): Promise<StreamTail> {
    return this.loads.load(stream, after, fingerprint);
  }

  async saveSnapshots(snapshots: readonly StreamSnapshot[]): Promise<void> {
    await this.reads.query('select log.save_snapshots($1)', [JSON.stringify(snapshots)]);
  }

  async read(after: number, limit: number, maxBytes = LONGEST_PAGE_BYTES): Promise<readonly StoredEvent[]> {
    const page = { name: 'log-read', text: READ, values: [after, limit, maxBytes], asArrays: true };
    const { rows } = await this.reads.query<EventRow>(page);
    return rows.map(row => eventOf(this.log, row));
  }

  async readEncoded(after: number, limit: number, maxBytes = LONGEST_PAGE_BYTES): Promise<readonly EncodedEvent[]> {
    const page = { name: 'log-read-encoded', text: READ_ENCODED, values: [after, limit, maxBytes], asArrays: true };
    const { rows } = await this.reads.query<EventRow<string>>(page);
    return rows.map(row => encodedEventOf(this.log, row));
  }

  async readJoined(
    after: number,
    limit: number,
    maxBytes = LONGEST_PAGE_BYTES,
    without: readonly string[] = [],
  ): Promise<JoinedPage> {
    const page = {
      name: 'log-read-joined',
      text: READ_JOINED,
      values: [after, limit, maxBytes, this.log, without],
      asArrays: true,
    };
    const { rows } = await this.reads.query<[string | null, number]>(page);
    const pieces = rows.flatMap(([piece]) => piece ?? []);
    if (pieces.length === rows.length) return { pieces, leftOut: rows[0]?.[1] ?? 0 };
    return { pieces: (await this.readEncoded(after, limit, maxBytes)).map(({ text }) => text), leftOut: 0 };
  }

  recentlyAppended(after: number, limit: number, maxBytes = LONGEST_PAGE_BYTES): readonly EncodedEvent[] {
    return this.recent.after(after, limit, maxBytes);
  }

  async head(at?: number): Promise<LogHead> {
    const head = { name: 'log-head', text: HEAD, values: [at ?? null], asArrays: true };
    const { rows } = await this.reads.query<[string, number, string | null, string | null]>(head);
    const [incarnation, position, recordedAt, eventIdAt] = rows[0]!;
    return { incarnation, position, recordedAt, ...(at !== undefined && { eventIdAt }) };
  }

  async findCommand(ids: readonly string[]): Promise<StoredCommand | undefined> {
    const find = { name: 'log-command', text: COMMAND, values: [ids], asArrays: true };
    const { rows } = await this.reads.query<[unknown, string | null, number, string]>(find);
    if (!rows[0]) return undefined;
    const [result, requestHash, position, incarnation] = rows[0];
    return { result, requestHash, position, incarnation };
  }

  async findClaim(scope: string, value: string): Promise<string | undefined> {
    const find = 'select stream from log.claims where scope = $1 and value = $2';
    return (await this.reads.query<{ stream: string }>(find, [scope, value])).rows[0]?.stream;
  }

  async stepState(step: string, log: LogName): Promise<StepState | undefined> {
    const find = `select incarnation, position, event_id as "eventId" from log.step_checkpoints where step = $1 and log = $2`;
    return (await this.reads.query<StepState>(find, [step, log])).rows[0];
  }

  async parkedTriggers(step: string): Promise<readonly (ParkedTrigger & { log: LogName; parkedAt: string })[]> {
    const find = `select log, position, key, reason, event, parked_at as "parkedAt" from log.parked where step = $1 order by log, position`;
    return (await this.reads.query<ParkedTrigger & { log: LogName; parkedAt: string }>(find, [step])).rows;
  }

  onAppended(listener: (head: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Lets appends under way finish. */
  async close(): Promise<void> {
    this.purge.stop();
    await this.commits.close();
    await this.pool.end();
  }
}
