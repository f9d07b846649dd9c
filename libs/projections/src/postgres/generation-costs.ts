/** What a generation stands at and what it costs, for whoever looks after it. */
import type { LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { ReachedCheckpoint } from '../store/generation-build';
import type { GenerationFigures } from '../store/replayable-stores';
import { generationTable } from './generation-tables';
import { laterName } from './later-versions';
import type { PgReadModel } from './pg-read-model';

export async function generationFigures(
  session: Queryable,
  model: PgReadModel,
  generation: number,
): Promise<GenerationFigures> {
  const own = Object.values(model.projection.tables);
  const tables = [...own.map(({ name }) => name), ...own.map(laterName), ...(model.besideTables ?? [])];
  const { rows } = await session.query<{
    checkpoints: (ReachedCheckpoint & { log: LogName })[];
    parked: number;
    rows: number;
    bytes: number;
  }>(
    `select
       (select coalesce(json_agg(json_build_object('log', log, 'incarnation', incarnation, 'position', position, 'eventId', event_id, 'recordedAt', recorded_at)), '[]')
        from read.checkpoints where projection = $1 and generation = $2) as checkpoints,
       (select count(*) from read.parked where projection = $1 and generation = $2) as parked,
       (select coalesce(sum(pg_stat_get_live_tuples(t)), 0)::bigint from unnest($3::regclass[]) t) as rows,
       (select coalesce(sum(pg_total_relation_size(t)), 0)::bigint from unnest($4::regclass[]) t) as bytes`,
    [
      model.projection.name,
      generation,
      own.map(table => generationTable(table, generation)),
      await existing(
        session,
        tables.map(name => generationTable({ name }, generation)),
      ),
    ],
  );
  const { checkpoints, ...figures } = rows[0]!;
  const reached = checkpoints.map(
    ({ log, recordedAt, ...at }) => [log, { ...at, recordedAt: new Date(recordedAt).toISOString() }] as const,
  );
  return { ...figures, checkpoints: new Map(reached) };
}

async function existing(session: Queryable, tables: readonly string[]): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    'select name from unnest($1::text[]) name where to_regclass(name) is not null',
    [tables],
  );
  return rows.map(({ name }) => name);
}
