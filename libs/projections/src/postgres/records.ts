/** What a generation holds beside its checkpoint: parked events, notes, and its rows read whole. */
import { readCloudEventEnvelope, type LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import type { RunnerNote } from '../ports';
import type { Row, Table } from '../projection';
import type { StoredNote, StoredParkedEvent } from '../store/projection-store';
import { columnsOf, generationTable, names } from './generation-tables';

export async function writeNote(session: Queryable, projection: string, generation: number, note: RunnerNote) {
  await session.query(
    `insert into read.notes as n (projection, generation, log, kind, reason, count, position)
     select projection, generation, $3, $4, $5, $6, $7 from read.generations where projection = $1 and generation = $2
     on conflict (projection, generation, log, kind, reason) do update
     set count = n.count + excluded.count, position = excluded.position, last_at = clock_timestamp()`,
    [projection, generation, note.log, note.kind, note.reason, note.count, note.position],
  );
}

export async function readNotes(session: Queryable, projection: string, generation: number): Promise<StoredNote[]> {
  const { rows } = await session.query<StoredNote>(
    `select log, kind, reason, count, position, first_at as "firstAt", last_at as "lastAt"
     from read.notes where projection = $1 and generation = $2 order by log, kind, reason`,
    [projection, generation],
  );
  return rows;
}

export async function readParked(
  session: Queryable,
  projection: string,
  generation: number,
): Promise<StoredParkedEvent[]> {
  const { rows } = await session.query<{
    log: LogName;
    position: number;
    key: string;
    reason: string;
    event: unknown;
    parkedAt: string;
  }>(
    `select log, position, key, reason, event, parked_at as "parkedAt"
     from read.parked where projection = $1 and generation = $2 order by log, position`,
    [projection, generation],
  );
  return rows.map(row => ({ ...row, event: readCloudEventEnvelope(row.event) }));
}

const CHUNK = 5000;

/** Keyset pages: each is a snapshot of its own, so writers are never held up. */
export async function* readRows(session: Queryable, table: Table, generation: number): AsyncIterable<readonly Row[]> {
  const key = names(table.key);
  const marks = table.key.map((_, i) => `$${i + 1}`).join(', ');
  for (let last: Row | undefined, more = true; more;) {
    const after = last ? `where (${key}) > (${marks})` : '';
    const { rows } = await session.query<Row>(
      `select ${names(columnsOf(table))} from ${generationTable(table, generation)} ${after} order by ${key} limit ${CHUNK}`,
      last ? table.key.map(column => last![column]) : [],
    );
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    more = rows.length === CHUNK;
  }
}
