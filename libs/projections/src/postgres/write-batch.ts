/** Writes what a batch came to in ONE statement: rows, parked events and checkpoint together, at the mark they were read at, or nothing. */
import { encodeCloudEvent, type LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { Changes, Folded } from '../fold/fold-batch';
import type { ParkedEvent } from '../fold/prepare-batch';
import type { Checkpoint } from '../ports';
import type { Projection, Row, Table } from '../projection';
import { columnsOf, generationTable, names, unnestSql } from './generation-tables';
import { statementName } from './statement-name';

export interface Write {
  readonly projection: Projection;
  readonly generation: number;
  readonly log: LogName;
  /** The mark the rows were read at, and the one that this write makes. */
  readonly mark: string;
  readonly nextMark: string;
  readonly checkpoint: Checkpoint;
  /** Of the last event. */
  readonly recordedAt: string;
  readonly folded: Folded;
}

/** Everything else in the statement depends on it: without the mark nothing is written. */
const MARK = `
  taken as (
    update read.generations set turn = turn + 1, mark = $9::uuid where projection = $1 and generation = $2 and mark = $3::uuid returning 1
  ),
  moved as (
    insert into read.checkpoints (projection, generation, log, incarnation, position, event_id, recorded_at)
    select $1, $2, $4, $5::uuid, $6::bigint, $7::uuid, $8::timestamptz from taken
    on conflict (projection, generation, log) do update
    set incarnation = excluded.incarnation, position = excluded.position, event_id = excluded.event_id, recorded_at = excluded.recorded_at
  )`;

/** PostgreSQL's text holds no U+0000; what is parked must be stored whatever is in it. */
const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

const parkedSql = (parameter: string): string => `
  parked as (
    insert into read.parked (projection, generation, log, position, key, reason, event)
    select $1, $2, $4, p.position, p.key, p.reason, p.event::json
    from taken, json_to_recordset(${parameter}::json) as p(position bigint, key text, reason text, event text)
    on conflict (projection, generation, log, position) do nothing
  )`;

const parkedJson = (parked: readonly ParkedEvent[]): string =>
  JSON.stringify(
    parked.map(({ key, reason, event }) => ({
      position: event.position,
      key: storable(key),
      reason: storable(reason),
      event: encodeCloudEvent(event),
    })),
  );

export type Parameter = (value: unknown) => string;

function putSql(table: Table, into: string, cte: string, rows: readonly Row[], parameter: Parameter): string {
  const columns = columnsOf(table);
  const rest = columns.filter(column => !table.key.includes(column));
  const sets = rest.map(column => `${names([column])} = excluded.${names([column])}`);
  const values = columns.map(column => `r.${names([column])}${table.columns[column] === 'json' ? '::json' : ''}`);
  return `
  ${cte} as (
    insert into ${into} (${names(columns)})
    select ${values.join(', ')} from ${unnestSql(table, columns, rows, parameter)} where exists (select from taken)
    on conflict (${names(table.key)}) do ${sets.length > 0 ? `update set ${sets.join(', ')}` : 'nothing'}
  )`;
}

function deleteSql(table: Table, from: string, cte: string, rows: readonly Row[], parameter: Parameter): string {
  const same = table.key.map(column => `t.${names([column])} = r.${names([column])}`);
  return `
  ${cte} as (
    delete from ${from} t using ${unnestSql(table, table.key, rows, parameter)}
    where ${same.join(' and ')} and exists (select from taken)
  )`;
}

/** Statements for `with`, after one named `taken` that all of them depend on. */
export function changesSql(
  projection: Projection,
  generation: number,
  changes: Changes,
  parameter: Parameter,
): string[] {
  return Object.entries(projection.tables).flatMap(([name, table], i) => {
    const ofTable = changes[name] ?? [];
    const put = ofTable.flatMap(({ after }) => (after ? [after] : []));
    const gone = ofTable.flatMap(({ before, after }) => (after ? [] : [before!]));
    const target = generationTable(table, generation);
    return [
      ...(put.length > 0 ? [putSql(table, target, `put_${i}`, put, parameter)] : []),
      ...(gone.length > 0 ? [deleteSql(table, target, `gone_${i}`, gone, parameter)] : []),
    ];
  });
}

/** False when someone else wrote since: nothing was written. */
export async function writeBatch(session: Queryable, write: Write): Promise<boolean> {
  const { projection, generation, log, mark, nextMark, checkpoint, recordedAt, folded } = write;
  const { incarnation, position, eventId } = checkpoint;
  const values: unknown[] = [
    projection.name,
    generation,
    mark,
    log,
    incarnation,
    position,
    eventId,
    recordedAt,
    nextMark,
  ];
  const parts = [MARK];
  const parameter: Parameter = value => `$${values.push(value)}`;
  if (folded.parked.length > 0) parts.push(parkedSql(parameter(parkedJson(folded.parked))));
  parts.push(...changesSql(projection, generation, folded.changes, parameter));
  const text = `with ${parts.join(',')} select from taken`;
  const { count } = await session.query({ text, values, name: statementName(text) });
  return count === 1;
}
