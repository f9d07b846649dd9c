/** A projection as one service keeps it in PostgreSQL, with what stands beside its tables in each generation. */
import type { Queryable } from '@foldline/postgres';
import type { Projection } from '../projection';

export interface PgReadModel {
  readonly projection: Projection;
  /** Makes what a generation needs beside the projection's own tables and indexes; repeating it changes nothing. */
  prepare?(session: Queryable, generation: number): Promise<void>;
  /** Names of tables that `prepare` makes, without the generation's suffix: dropped with it. */
  readonly besideTables?: readonly string[];
}
