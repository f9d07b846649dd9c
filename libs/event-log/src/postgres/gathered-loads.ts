/** Loads of streams, gathered: what is asked for while a round trip is under way goes together in the next one. */
import type { LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { StreamTail } from '../event-log.port';
import { EVENT_COLUMNS, upcastEventOf, type EventRow } from './rows';

/** A stream without a snapshot is read in pieces of this many events, so that no stream is too long for memory. */
const MOST_EVENTS = 5_000;
const MOST_STREAMS = 500;
const ROUND_TRIPS = 2;

const TEXT = `
with wanted as materialized (
  select w.n, w.stream, w.after, s.version as snapshot_version, s.state
    from unnest($1::text[], $2::int[], $3::text[]) with ordinality as w (stream, after, fingerprint, n)
    left join log.snapshots s on s.stream = w.stream and s.fingerprint = w.fingerprint and s.version > w.after
)
select n, snapshot_version, state,
       (select position from log.events e where e.stream = wanted.stream and e.version = snapshot_version),
       null, null, null, null, null, null::jsonb, null::jsonb, null::timestamptz, (select incarnation from log.log_head)
  from wanted where snapshot_version is not null
union all
select w.n, null, null, e.*
  from wanted w
 cross join lateral (
   select ${EVENT_COLUMNS.replace('version', 'version::int')}
     from log.events
    where stream = w.stream and version > greatest(w.after, w.snapshot_version)
    order by version limit ${MOST_EVENTS}
 ) e`;

type Row = readonly [n: number, snapshotVersion: number | null, state: unknown, ...event: EventRow];
interface Wanted {
  readonly stream: string;
  readonly after: number;
  readonly fingerprint: string | undefined;
  resolve(tail: StreamTail): void;
  reject(error: unknown): void;
}

export class GatheredLoads {
  private waiting: Wanted[] = [];
  private underWay = 0;
  private scheduled = false;

  constructor(
    private readonly log: LogName,
    private readonly database: Queryable,
  ) {}

  load(stream: string, after: number, fingerprint?: string): Promise<StreamTail> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ stream, after, fingerprint, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.waiting.length > 0 && this.underWay < ROUND_TRIPS)
        void this.roundTrip(this.waiting.splice(0, MOST_STREAMS));
    });
  }

  private async roundTrip(wanted: readonly Wanted[]): Promise<void> {
    this.underWay++;
    try {
      const { rows } = await this.database.query<Row>({
        name: 'log-load',
        text: TEXT,
        values: [wanted.map(w => w.stream), wanted.map(w => w.after), wanted.map(w => w.fingerprint ?? null)],
        asArrays: true,
      });
      this.answer(wanted, rows);
    } catch (error) {
      for (const one of wanted) one.reject(error);
    } finally {
      this.underWay--;
      if (this.waiting.length > 0) this.schedule();
    }
  }

  private answer(wanted: readonly Wanted[], rows: readonly Row[]): void {
    const perStream = wanted.map(() => ({ snapshot: undefined as StreamTail['snapshot'], rows: [] as EventRow[] }));
    for (const [n, version, state, ...event] of rows) {
      const one = perStream[n - 1]!;
      if (version !== null) one.snapshot = { version, state, at: { position: event[0], incarnation: event[9] } };
      else one.rows.push(event);
    }
    for (const [i, one] of wanted.entries()) {
      const { snapshot, rows: own } = perStream[i]!;
      try {
        const events = own.map(row => upcastEventOf(this.log, row)).sort((a, b) => a.version - b.version);
        one.resolve({ stream: one.stream, events, more: own.length === MOST_EVENTS, ...(snapshot && { snapshot }) });
      } catch (error) {
        one.reject(error);
      }
    }
  }
}
