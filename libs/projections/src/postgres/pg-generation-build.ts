/** Builds a generation in PostgreSQL by COPY; the right to build is a lock of this session, gone with the process. */
import type { Connection } from '@foldline/postgres';
import type { LogName } from '@foldline/contracts';
import type { Changes } from '../fold/fold-batch';
import type { Projection, Row } from '../projection';
import { BuildInProgressError, type GenerationBuild, type ReachedCheckpoint } from '../store/generation-build';
import { columnsOf, createIndexesSql, generationTable, names } from './generation-tables';
import { dropLaterSql, LaterVersions, settleLater } from './later-versions';
import type { PgReadModel } from './pg-read-model';

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
    private readonly model: PgReadModel,
    readonly generation: number,
    readonly resumed: boolean,
  ) {
    this.later = new Map(
      Object.entries(model.projection.tables).map(([name, table]) => [
        name,
        new LaterVersions(session, table, generation),
      ]),
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
    await this.inTransaction(() => settleLater(this.session, table, this.generation));
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

  write(changes: Changes, checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>): Promise<void> {
    return this.inTransaction(async () => {
      for (const [name, ofTable] of Object.entries(changes)) await this.later.get(name)!.add(ofTable);
      await this.session.query(
        `insert into read.checkpoints (projection, generation, log, incarnation, position, event_id, recorded_at)
         select $1, $2, c.* from json_to_recordset($3::json) as c(log text, incarnation uuid, position bigint, event_id uuid, recorded_at timestamptz)
         on conflict (projection, generation, log) do update
         set incarnation = excluded.incarnation, position = excluded.position, event_id = excluded.event_id, recorded_at = excluded.recorded_at`,
        [this.projection.name, this.generation, checkpointsJson(checkpoints)],
      );
    });
  }

  /** In one transaction, so that a kill leaves a generation that is either building or whole. */
  async finish(): Promise<void> {
    const { name, tables } = this.projection;
    await this.inTransaction(async () => {
      await this.session.query(`set local maintenance_work_mem = '256MB'`);
      for (const table of Object.values(tables)) {
        await settleLater(this.session, table, this.generation);
        await this.session.query(dropLaterSql(table, this.generation));
        for (const sql of createIndexesSql(table, this.generation)) await this.session.query(sql);
      }
      await this.model.prepare?.(this.session, this.generation);
      await this.session.query(
        `update read.generations set state = 'ready', turn = turn + 1, mark = gen_random_uuid() where projection = $1 and generation = $2`,
        [name, this.generation],
      );
    });
    // What this session wrote is counted before the tables are, and not once more after it.
    await this.session.query('select pg_stat_force_next_flush()');
    for (const table of Object.values(tables))
      await this.session.query(`analyze ${generationTable(table, this.generation)}`);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private get projection(): Projection {
    return this.model.projection;
  }

  private async inTransaction(work: () => Promise<void>): Promise<void> {
    await this.session.query('begin');
    try {
      await work();
      await this.session.query('commit');
    } catch (error) {
      await this.session.query('rollback').catch(() => undefined);
      throw error;
    }
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
