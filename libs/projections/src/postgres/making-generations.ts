/** Generations as they come to be: which one serves first, its record and its tables. */
import { partitionText } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { Projection } from '../projection';
import { fingerprint } from '../store/fingerprint';
import type { Generation, GenerationState } from '../store/projection-store';
import { assertSamePartition } from '../store/refusals';
import { addPrimaryKeySql, createIndexesSql, createTableSql } from './generation-tables';

/** Where nothing serves yet: one that was built before the first start, else a new one. What is half built never serves. */
export async function firstToServe(tx: Queryable, projection: string): Promise<number> {
  const { rows } = await tx.query<{ first: number }>(
    `select coalesce(max(generation) filter (where state = 'ready'), max(generation) + 1, 1)::int as first
       from read.generations where projection = $1`,
    [projection],
  );
  return rows[0]!.first;
}

/** Returns the fingerprint of the code that made the generation. */
export async function ensureGeneration(
  tx: Queryable,
  projection: Projection,
  generation: number,
  state: GenerationState,
) {
  const { rows } = await tx.query<Pick<Generation, 'fingerprint' | 'partition'>>(
    'select fingerprint, partition from read.generations where projection = $1 and generation = $2',
    [projection.name, generation],
  );
  assertSamePartition(projection, rows);
  if (rows[0]) return rows[0].fingerprint;
  const made = await makeGeneration(tx, projection, generation, state);
  for (const table of Object.values(projection.tables))
    for (const sql of [...createIndexesSql(table, generation), addPrimaryKeySql(table, generation)])
      await tx.query(sql);
  return made;
}

/** Its tables, still without indexes. */
export async function makeGeneration(
  tx: Queryable,
  projection: Projection,
  generation: number,
  state: GenerationState,
) {
  const made = fingerprint(projection);
  const { name, partition } = projection;
  await tx.query(
    'insert into read.generations (projection, generation, state, fingerprint, partition) values ($1, $2, $3, $4, $5)',
    [name, generation, state, made, partition ? partitionText(partition) : null],
  );
  for (const table of Object.values(projection.tables)) await tx.query(createTableSql(table, generation));
  return made;
}
