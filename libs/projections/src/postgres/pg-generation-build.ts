/** Builds a generation in PostgreSQL by COPY; the right to build is a lock of this session, gone with the process. */
import { copyTogether, inTransaction, quoteText, type Connection } from '@foldline/postgres';
import type { LogName } from '@foldline/contracts';
import { allOf } from '../all-of';
import type { Changes } from '../fold/fold-batch';
import type { Projection, Row, Table } from '../projection';
import { BuildInProgressError, type GenerationBuild, type ReachedCheckpoint } from '../store/generation-build';
import { addPrimaryKeySql, columnsOf, createIndexesSql, generationTable, names } from './generation-tables';
import { dropLaterSql, LaterVersions, settleLater } from './later-versions';
import type { PgReadModel } from './pg-read-model';
import { SessionsInTurns } from './sessions-in-turns';

/** Rows read at once when a build goes on. */
const CHUNK = 5_000;

const LOCK = `hashtextextended('rebuild ' || $1, 0)`;

/** Takes the lock, or rejects with BuildInProgressError that names who has it. */
export async function lockBuild(session: Connection, projection: string): Promise<void> {
  const { rows } = await session.query<{ got: boolean }>(`select pg_try_advisory_lock(${LOCK}) as got`, [projection]);
  if (rows[0]!.got) return;
  const holders = await session.query<{ holder: string }>(
    `select a.application_name || ', since ' || to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') as holder
     from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
       and ((l.classid::bigint << 32) | l.objid::bigint) = ${LOCK}`,
    [projection],
  );
  throw new BuildInProgressError(
    `${projection} is being rebuilt by ${holders.rows[0]?.holder ?? 'somebody who has just ended'}: wait for it, or stop it first.`,
  );
}

export class PgGenerationBuild implements GenerationBuild {
  private readonly later: ReadonlyMap<string, LaterVersions>;

  constructor(
    private readonly session: Connection,
    private readonly connect: () => Promise<Connection>,
    private readonly model: PgReadModel,
    readonly generation: number,
    readonly resumed: boolean,
  ) {
    this.later = new Map(
      Object.entries(model.projection.tables).map(([name, table]) => [name, new LaterVersions(table, generation)]),
    );
  }

  async checkpoints(): Promise<ReadonlyMap<LogName, ReachedCheckpoint>> {
    const { rows } = await this.session.query<ReachedCheckpoint & { log: LogName }>(
      `select log, incarnation, position, event_id as "eventId", recorded_at as "recordedAt"
       from read.checkpoints where projection = $1 and generation = $2`,
      [this.projection.name, this.generation],
    );
    return new Map(rows.map(({ log, ...checkpoint }) => [log, checkpoint]));
  }

  /** There is no index yet to page by, so one pass through a cursor. */
  async *rows(name: string): AsyncIterable<readonly Row[]> {
    const table = this.projection.tables[name]!;
    await inTransaction(this.session, tx => settleLater(tx, table, this.generation));
    await this.session.query('begin');
    try {
      const target = generationTable(table, this.generation);
      await this.session.query(`declare kept cursor for select ${names(columnsOf(table))} from ${target}`);
      for (;;) {
        const { rows } = await this.session.query<Row>(`fetch ${CHUNK} from kept`);
        if (rows.length === 0) return;
        yield rows;
      }
    } finally {
      await this.session.query('commit');
    }
  }

  /** In one round trip: while a log is folded, the answer to each would wait for a page to be done. */
  async write(changes: Changes, checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>): Promise<void> {
    const copies = Object.entries(changes).flatMap(([name, ofTable]) => this.later.get(name)!.copies(ofTable));
    const [projection, json] = [quoteText(this.projection.name), quoteText(checkpointsJson(checkpoints))];
    await copyTogether(
      this.session,
      copies,
      `insert into read.checkpoints (projection, generation, log, incarnation, position, event_id, recorded_at)
       select ${projection}, ${this.generation}, c.* from json_to_recordset(${json}::json)
         as c(log text, incarnation uuid, position bigint, event_id uuid, recorded_at timestamptz)
       on conflict (projection, generation, log) do update
       set incarnation = excluded.incarnation, position = excluded.position, event_id = excluded.event_id, recorded_at = excluded.recorded_at`,
    );
  }

  /** A kill leaves a generation that is either building, with what was already built of its indexes, or whole. */
  async finish(sideBySide: boolean): Promise<void> {
    const { name, tables } = this.projection;
    const other = sideBySide ? [await this.connect()] : [];
    try {
      const sessions = new SessionsInTurns([this.session, ...other]);
      const forEach = (work: (table: Table) => Promise<unknown>) => allOf(Object.values(tables).map(work));
      await forEach(async table => {
        await sessions.run(session => inTransaction(session, tx => settleLater(tx, table, this.generation)));
        const indexes = createIndexesSql(table, this.generation);
        await allOf(indexes.map(sql => sessions.run(session => session.query(sql))));
      });
      await inTransaction(this.session, async tx => {
        for (const table of Object.values(tables)) {
          await tx.query(dropLaterSql(table, this.generation));
          await tx.query(addPrimaryKeySql(table, this.generation));
        }
        await this.model.prepare?.(tx, this.generation);
        await tx.query(
          `update read.generations set state = 'ready', turn = turn + 1, mark = gen_random_uuid() where projection = $1 and generation = $2`,
          [name, this.generation],
        );
      });
      // What this session wrote is counted before the tables are, and not once more after it.
      await this.session.query('select pg_stat_force_next_flush()');
      await forEach(table =>
        sessions.run(session => session.query(`analyze ${generationTable(table, this.generation)}`)),
      );
    } finally {
      for (const session of other) await session.close();
    }
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private get projection(): Projection {
    return this.model.projection;
  }
}

const checkpointsJson = (checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>): string =>
  JSON.stringify(
    [...checkpoints].map(([log, { incarnation, position, eventId, recordedAt }]) => ({
      log,
      incarnation,
      position,
      event_id: eventId,
      recorded_at: recordedAt,
    })),
  );
