/** Writes what a batch came to in ONE statement: rows, parked events and checkpoint together, at the mark they were read at, or nothing. */
import { encodeCloudEvent, type LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { Changes, Folded } from '../fold/fold-batch';
import type { ParkedEvent } from '../fold/prepare-batch';
import type { Checkpoint } from '../ports';
import type { Projection, Row, Table } from '../projection';
import { columnsOf, columnValues, generationTable, names, unnestSql } from './generation-tables';
import { statementOf, type Part } from './statement';

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
  /** What is kept beside the rows and written with them. */
  readonly beside: readonly Part[];
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

/** The first part: others may speak of its values by their marks. */
const markPart = ({ projection, generation, mark, log, checkpoint, recordedAt, nextMark }: Write): Part => ({
  shape: 'mark',
  values: [
    projection.name,
    generation,
    mark,
    log,
    checkpoint.incarnation,
    checkpoint.position,
    checkpoint.eventId,
    recordedAt,
    nextMark,
  ],
  text: () => MARK,
});

/** PostgreSQL's text holds no U+0000; what is parked must be stored whatever is in it. */
const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

const parkedJson = (parked: readonly ParkedEvent[]): string =>
  JSON.stringify(
    parked.map(({ key, reason, event }) => ({
      position: event.position,
      key: storable(key),
      reason: storable(reason),
      event: encodeCloudEvent(event),
    })),
  );

const parkedPart = (parked: readonly ParkedEvent[]): Part => ({
  shape: 'parked',
  values: [parkedJson(parked)],
  text: ([list]) => `
  parked as (
    insert into read.parked (projection, generation, log, position, key, reason, event)
    select $1, $2, $4, p.position, p.key, p.reason, p.event::json
    from taken, json_to_recordset(${list}::json) as p(position bigint, key text, reason text, event text)
    on conflict (projection, generation, log, position) do nothing
  )`,
});

function putPart(table: Table, into: string, cte: string, rows: readonly Row[]): Part {
  const columns = columnsOf(table);
  return {
    shape: cte,
    values: columnValues(table, columns, rows),
    text: marks => {
      const rest = columns.filter(column => !table.key.includes(column));
      const sets = rest.map(column => `${names([column])} = excluded.${names([column])}`);
      const values = columns.map(column => `r.${names([column])}${table.columns[column] === 'json' ? '::json' : ''}`);
      return `
  ${cte} as (
    insert into ${into} (${names(columns)})
    select ${values.join(', ')} from ${unnestSql(table, columns, marks)} where exists (select from taken)
    on conflict (${names(table.key)}) do ${sets.length > 0 ? `update set ${sets.join(', ')}` : 'nothing'}
  )`;
    },
  };
}

const deletePart = (table: Table, from: string, cte: string, rows: readonly Row[]): Part => ({
  shape: cte,
  values: columnValues(table, table.key, rows),
  text: marks => {
    const same = table.key.map(column => `t.${names([column])} = r.${names([column])}`);
    return `
  ${cte} as (
    delete from ${from} t using ${unnestSql(table, table.key, marks)}
    where ${same.join(' and ')} and exists (select from taken)
  )`;
  },
});

/** For `with`, after one named `taken` that all of them depend on. */
export const changeParts = (projection: Projection, generation: number, changes: Changes): Part[] =>
  Object.entries(projection.tables).flatMap(([name, table], i) => {
    const ofTable = changes[name] ?? [];
    const put = ofTable.flatMap(({ after }) => (after ? [after] : []));
    const gone = ofTable.flatMap(({ before, after }) => (after ? [] : [before!]));
    const target = generationTable(table, generation);
    return [
      ...(put.length > 0 ? [putPart(table, target, `put_${i}`, put)] : []),
      ...(gone.length > 0 ? [deletePart(table, target, `gone_${i}`, gone)] : []),
    ];
  });

/** The statement of parts of which one is named `taken`; its row is all that comes back. */
export const writing = (texts: readonly string[]): string => `with ${texts.join(',')} select from taken`;

/** False when someone else wrote since: nothing was written. */
export async function writeBatch(session: Queryable, write: Write): Promise<boolean> {
  const { projection, generation, folded, beside } = write;
  const parts = [
    markPart(write),
    ...(folded.parked.length > 0 ? [parkedPart(folded.parked)] : []),
    ...changeParts(projection, generation, folded.changes),
    ...beside,
  ];
  const { count } = await session.query(statementOf('write', projection, generation, parts, writing));
  return count === 1;
}
