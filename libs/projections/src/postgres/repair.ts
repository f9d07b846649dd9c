/** Mends rows of a generation in place, while its runner waits: parked events redriven, or one subject's rows put right. */
import { readCloudEventEnvelope, type LogName, type StoredEvent } from '@foldline/contracts';
import type { Pool, Queryable } from '@foldline/postgres';
import { foldBatch, type Changes } from '../fold/fold-batch';
import { prepareBatch } from '../fold/prepare-batch';
import type { RowChange } from '../fold/working-rows';
import type { Projection, Row, Table } from '../projection';
import { refused } from '../store/refusals';
import type { Redriven, RightRows, Scope } from '../store/replayable-stores';
import { rowDifferences } from '../replay/compare';
import { columnsOf, generationTable, names, sqlTypeOf } from './generation-tables';
import { loadRows } from './load-rows';
import { readStanding } from './standing';
import { statementOf, type Part } from './statement';
import { changeParts, writing } from './write-batch';

/** `key` undefined: all. What cannot be applied yet stays parked, with all that waits behind it. */
export const redriveParked = (
  pool: Pool,
  projection: Projection,
  generation: number,
  key?: string,
): Promise<Redriven> =>
  pool.transaction(async tx => {
    await holdStill(tx, projection, generation);
    const { rows } = await tx.query<{ log: LogName; key: string; event: unknown }>(
      `select log, key, event from read.parked
       where projection = $1 and generation = $2 and ($3::text is null or key = $3) order by log, position`,
      [projection.name, generation, key ?? null],
    );
    if (rows.length === 0 && key !== undefined) throw refused.nothingParked(key);
    const outcome = { applied: 0, parked: [] as Redriven['parked'][number][] };
    for (const log of projection.logs) {
      const events = rows.filter(row => row.log === log).map(row => readCloudEventEnvelope(row.event));
      if (events.length > 0) await redriveLog(tx, projection, generation, log, events, outcome);
    }
    return outcome;
  });

async function redriveLog(
  tx: Queryable,
  projection: Projection,
  generation: number,
  log: LogName,
  events: readonly StoredEvent[],
  outcome: { applied: number; parked: Redriven['parked'][number][] },
): Promise<void> {
  const prepared = prepareBatch(projection, events);
  const { rows } = await loadRows(tx, projection, generation, prepared.toLoad);
  const folded = foldBatch(projection, prepared, rows, new Set());
  await writeChanges(tx, projection, generation, folded.changes);
  const still = new Map(folded.parked.map(one => [one.event.position, one]));
  const done = events.filter(({ position }) => !still.has(position)).map(({ position }) => position);
  await tx.query(
    'delete from read.parked where projection = $1 and generation = $2 and log = $3 and position = any($4::bigint[])',
    [projection.name, generation, log, done],
  );
  for (const [position, { key, reason }] of still) {
    await tx.query(
      'update read.parked set reason = $5 where projection = $1 and generation = $2 and log = $3 and position = $4',
      [projection.name, generation, log, position, reason],
    );
    outcome.parked.push({ log, position, key, reason });
  }
  outcome.applied += done.length;
}

/**
 * Puts the rows of one subject as `rightRows` has them at exactly the generation's positions, which stand still meanwhile.
 * Returns how many rows were changed.
 */
export const repairScope = (
  pool: Pool,
  projection: Projection,
  generation: number,
  scope: Scope,
  value: string,
  rightRows: RightRows,
): Promise<number> =>
  pool.transaction(async tx => {
    await holdStill(tx, projection, generation);
    const { checkpoints } = await readStanding(tx, projection.name, generation);
    const { count: parked } = await tx.query(
      'select from read.parked where projection = $1 and generation = $2 limit 1',
      [projection.name, generation],
    );
    if (parked > 0) throw refused.hasParked(projection.name, generation);
    const right = await rightRows(checkpoints);
    const changes: Record<string, RowChange[]> = {};
    for (const [name, column] of Object.entries(scope)) {
      const table = projection.tables[name]!;
      changes[name] = rowDifferences(table, await rowsWith(tx, table, generation, column, value), right(name));
    }
    const changed = Object.values(changes).reduce((sum, { length }) => sum + length, 0);
    if (changed > 0) await writeChanges(tx, projection, generation, changes);
    return changed;
  });

/** Until the transaction ends nobody writes to the generation. */
async function holdStill(tx: Queryable, projection: Projection, generation: number): Promise<void> {
  const { count } = await tx.query(
    'select from read.generations where projection = $1 and generation = $2 for update',
    [projection.name, generation],
  );
  if (count === 0) throw refused.noGeneration(projection.name, generation);
}

/** With a new mark, so that a runner that read rows before reads them again. */
async function writeChanges(
  tx: Queryable,
  projection: Projection,
  generation: number,
  changes: Changes,
): Promise<void> {
  const taken: Part = {
    shape: 'taken',
    values: [projection.name, generation],
    text: ([name, number]) => `taken as (
    update read.generations set turn = turn + 1, mark = gen_random_uuid() where projection = ${name} and generation = ${number} returning 1
  )`,
  };
  const parts = [taken, ...changeParts(projection, generation, changes)];
  await tx.query(statementOf('repair', projection, generation, parts, writing));
}

async function rowsWith(tx: Queryable, table: Table, generation: number, column: string, value: string) {
  const { rows } = await tx.query<Row>(
    `select ${names(columnsOf(table))} from ${generationTable(table, generation)} where ${names([column])} = $1::${sqlTypeOf(table, column)}`,
    [value],
  );
  return rows;
}
