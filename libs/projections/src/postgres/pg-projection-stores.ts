/** The read models of one PostgreSQL database: their generations, and which of them serves. */
import type { Connection, Pool, Queryable } from '@foldline/postgres';
import type { Projection } from '../projection';
import { fingerprint } from '../store/fingerprint';
import type { Generation } from '../store/projection-store';
import { assertRoom, assertSamePartition, refused } from '../store/refusals';
import type {
  GenerationFigures,
  GenerationSnapshot,
  LogsToRead,
  Redriven,
  ReplayableStores,
  RightRows,
  Scope,
  SwitchOptions,
} from '../store/replayable-stores';
import { generationFigures } from './generation-costs';
import { PgGenerationSnapshot } from './generation-snapshot';
import { generationTable } from './generation-tables';
import { GENERATIONS_LOCK } from './generations-lock';
import metadataSql from './metadata.sql';
import { createLaterSql, dropLaterSql } from './later-versions';
import { ensureGeneration, firstToServe, makeGeneration } from './making-generations';
import { lockBuild, PgGenerationBuild } from './pg-generation-build';
import type { PgReadModel } from './pg-read-model';
import { redriveParked, repairScope } from './repair';
import { switchGeneration } from './switching';
import { PgProjectionStore, type PgStoreOptions } from './pg-projection-store';

/**
 * For the sessions that write read models. Rows are looked up by key or index, and a plan made while a table was empty
 * must not stay a scan when it has grown. Commits need not wait for the disk: rows and checkpoint go together, so what
 * a crash of PostgreSQL takes is applied again.
 */
export const PROJECTION_SESSION_OPTIONS = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  // With so little to choose from, a plan for the very values is the same plan, made anew for each statement.
  plan_cache_mode: 'force_generic_plan',
  synchronous_commit: 'off',
} as const;

/** Between two pages or two bulk writes its client may think for longer than a service may. */
const THINKS_LONG = '10min';

/** For the session that builds a generation: an index of a large table takes as long as it takes. */
export const BUILD_SESSION = {
  statementTimeoutMs: 0,
  options: {
    jit: 'off',
    synchronous_commit: 'off',
    maintenance_work_mem: '256MB',
    idle_in_transaction_session_timeout: THINKS_LONG,
  },
} as const;

export class PgProjectionStores implements ReplayableStores {
  /**
   * `pool`: of the role that owns the schema `read`, opened with PROJECTION_SESSION_OPTIONS. `models`: what stands beside
   * the tables of which projection. `connect` opens a session with BUILD_SESSION; only builds need it.
   */
  constructor(
    private readonly pool: Pool,
    private readonly models: readonly PgReadModel[] = [],
    private readonly connect?: () => Promise<Connection>,
  ) {}

  async prepare(): Promise<void> {
    await this.pool.transaction(async tx => {
      await tx.query(GENERATIONS_LOCK);
      await tx.query(metadataSql);
    });
  }

  async openServing(projection: Projection, options: PgStoreOptions = {}): Promise<PgProjectionStore> {
    const { generation, stored } = await this.pool.transaction(async tx => {
      await tx.query(GENERATIONS_LOCK);
      const { rows } = await tx.query<{ serving: number }>('select serving from read.projections where name = $1', [
        projection.name,
      ]);
      const serving = rows[0]?.serving ?? (await firstToServe(tx, projection.name));
      const made = await ensureGeneration(tx, projection, serving, 'ready');
      if (!rows[0])
        await tx.query('insert into read.projections (name, serving) values ($1, $2)', [projection.name, serving]);
      return { generation: serving, stored: made };
    });
    return new PgProjectionStore(this.pool, projection, generation, stored !== fingerprint(projection), options);
  }

  async open(projection: Projection, generation: number, options: PgStoreOptions = {}): Promise<PgProjectionStore> {
    const stored = await this.pool.transaction(async tx => {
      await tx.query(GENERATIONS_LOCK);
      return ensureGeneration(tx, projection, generation, 'building');
    });
    return new PgProjectionStore(this.pool, projection, generation, stored !== fingerprint(projection), options);
  }

  async reopen(projection: Projection, generation: number, options: PgStoreOptions = {}): Promise<PgProjectionStore> {
    const found = (await this.generations(projection.name)).find(one => one.generation === generation);
    if (!found) throw refused.noGeneration(projection.name, generation);
    assertSamePartition(projection, [found]);
    return new PgProjectionStore(
      this.pool,
      projection,
      generation,
      found.fingerprint !== fingerprint(projection),
      options,
    );
  }

  async generations(projection: string): Promise<readonly Generation[]> {
    const { rows } = await this.pool.query<Generation>(
      `select g.projection, g.generation, g.state, coalesce(p.serving = g.generation, false) as serving,
         coalesce(p.previous = g.generation, false) as previous, g.fingerprint, g.partition, g.made_at as "madeAt", g.keep_until as "keepUntil"
       from read.generations g left join read.projections p on p.name = g.projection
       where g.projection = $1 order by g.generation`,
      [projection],
    );
    return rows;
  }

  async beginBuild(projection: Projection): Promise<PgGenerationBuild> {
    if (!this.connect) throw new Error('these stores were opened without a way to build');
    const session = await this.connect();
    try {
      await lockBuild(session, projection.name);
      const { generation, resumed } = await this.pool.transaction(async tx => {
        await tx.query(GENERATIONS_LOCK);
        return this.nextGeneration(tx, projection);
      });
      return new PgGenerationBuild(session, this.connect, this.modelOf(projection), generation, resumed);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  switchTo(projection: string, generation: number, options: SwitchOptions): Promise<void> {
    return switchGeneration(this.pool, projection, generation, options);
  }

  drop(projection: string, generation: number): Promise<void> {
    return this.pool.transaction(async tx => {
      await tx.query(GENERATIONS_LOCK);
      const found = (await this.generations(projection)).find(one => one.generation === generation);
      if (!found) throw refused.noGeneration(projection, generation);
      if (found.serving) throw refused.serves(projection, generation);
      await this.dropGeneration(tx, projection, generation);
    });
  }

  figures(projection: Projection, generation: number): Promise<GenerationFigures> {
    return generationFigures(this.pool, this.modelOf(projection), generation);
  }

  snapshot<T>(
    projection: Projection,
    generation: number,
    _logs: LogsToRead,
    work: (snapshot: GenerationSnapshot) => Promise<T>,
  ): Promise<T> {
    return this.pool.transaction(async tx => {
      await tx.query(`set local idle_in_transaction_session_timeout = '${THINKS_LONG}'`);
      return work(await PgGenerationSnapshot.take(tx, projection, generation));
    }, 'repeatable read');
  }

  redrive(projection: Projection, generation: number, key?: string): Promise<Redriven> {
    return redriveParked(this.pool, projection, generation, key);
  }

  repair(projection: Projection, generation: number, scope: Scope, value: string, rightRows: RightRows) {
    return repairScope(this.pool, projection, generation, scope, value, rightRows);
  }

  private async nextGeneration(tx: Queryable, projection: Projection) {
    const there = await this.generations(projection.name);
    assertSamePartition(projection, there);
    const begun = there.find(({ state }) => state === 'building');
    if (begun && begun.fingerprint === fingerprint(projection)) return { generation: begun.generation, resumed: true };
    if (begun) await this.dropGeneration(tx, projection.name, begun.generation);
    assertRoom(
      projection.name,
      there.filter(one => one !== begun),
    );
    const generation = Math.max(0, ...there.map(one => one.generation)) + 1;
    await makeGeneration(tx, projection, generation, 'building');
    for (const table of Object.values(projection.tables)) await tx.query(createLaterSql(table, generation));
    return { generation, resumed: false };
  }

  private async dropGeneration(tx: Queryable, projection: string, generation: number): Promise<void> {
    await tx.query('delete from read.generations where projection = $1 and generation = $2', [projection, generation]);
    const { projection: of, besideTables = [] } = this.models.find(model => model.projection.name === projection) ?? {};
    const tables = Object.values(of?.tables ?? {});
    for (const table of tables) await tx.query(dropLaterSql(table, generation));
    for (const name of [...tables.map(table => table.name), ...besideTables])
      await tx.query(`drop table if exists ${generationTable({ name }, generation)}`);
    await tx.query('update read.projections set previous = null where name = $1 and previous = $2', [
      projection,
      generation,
    ]);
  }

  private modelOf(projection: Projection): PgReadModel {
    return this.models.find(model => model.projection === projection) ?? { projection };
  }
}
