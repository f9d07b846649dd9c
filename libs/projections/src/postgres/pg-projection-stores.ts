/** The read models of one PostgreSQL database: their generations, and which of them serves. */
import type { Pool, Queryable } from '@foldline/postgres';
import type { Projection } from '../projection';
import { fingerprint } from '../store/fingerprint';
import type { Generation, GenerationState, ProjectionStores } from '../store/projection-store';
import { createIndexesSql, createTableSql } from './generation-tables';
import metadataSql from './metadata.sql';
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
  synchronous_commit: 'off',
} as const;

/** Making generations and moving the pointer, one at a time in the whole database. */
export const GENERATIONS_LOCK = `select pg_advisory_xact_lock(hashtext('read.generations'))`;

export class PgProjectionStores implements ProjectionStores {
  /** `pool`: of the role that owns the schema `read`, opened with PROJECTION_SESSION_OPTIONS. */
  constructor(private readonly pool: Pool) {}

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
      const serving = rows[0]?.serving ?? 1;
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

  async generations(projection: string): Promise<readonly Generation[]> {
    const { rows } = await this.pool.query<Generation>(
      `select g.projection, g.generation, g.state, coalesce(p.serving = g.generation, false) as serving, g.fingerprint, g.made_at as "madeAt"
       from read.generations g left join read.projections p on p.name = g.projection
       where g.projection = $1 order by g.generation`,
      [projection],
    );
    return rows;
  }
}

/** Returns the fingerprint of the code that made the generation. */
async function ensureGeneration(tx: Queryable, projection: Projection, generation: number, state: GenerationState) {
  const { rows } = await tx.query<{ fingerprint: string }>(
    'select fingerprint from read.generations where projection = $1 and generation = $2',
    [projection.name, generation],
  );
  if (rows[0]) return rows[0].fingerprint;
  const made = fingerprint(projection);
  await tx.query('insert into read.generations (projection, generation, state, fingerprint) values ($1, $2, $3, $4)', [
    projection.name,
    generation,
    state,
    made,
  ]);
  for (const table of Object.values(projection.tables)) {
    await tx.query(createTableSql(table, generation));
    for (const sql of createIndexesSql(table, generation)) await tx.query(sql);
  }
  return made;
}
