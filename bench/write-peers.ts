/** An event table as teams write it by hand on node + pg: a transaction that checks the version. */
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

interface NewEvent {
  readonly type: string;
  readonly data: object;
}

/** Columns and constraints of our own log's table. */
export const PLAIN_TABLE = `
create schema plain;
create table plain.events (
  position bigserial primary key, stream text collate "C" not null, version int not null, type text collate "C" not null,
  schema_version int not null, event_id uuid not null unique, data jsonb not null, metadata jsonb not null,
  recorded_at timestamptz not null default now(), unique (stream, version))`;

const INSERT = {
  name: 'plain-insert',
  text: `insert into plain.events (stream, version, type, schema_version, event_id, data, metadata)
    values ($1, $2, $3, 1, $4, $5, $6) returning position`,
};
const VERSION = {
  name: 'plain-version',
  text: 'select coalesce(max(version), 0) as version from plain.events where stream = $1',
};
const LOAD = {
  name: 'plain-load',
  text: 'select version, type, data from plain.events where stream = $1 order by version',
};

function row(stream: string, version: number, { type, data }: NewEvent): unknown[] {
  const id = randomUUID();
  const metadata = { commandId: id, correlationId: id, causationId: id };
  return [stream, version, type, id, JSON.stringify(data), JSON.stringify(metadata)];
}

export function plainPg(pool: Pool) {
  async function inTransaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await work(client);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }
  const appendAt = (stream: string, expected: number, event: NewEvent) =>
    inTransaction(async client => {
      const { rows } = await client.query<{ version: number }>({ ...VERSION, values: [stream] });
      if (rows[0]!.version !== expected) throw new Error(`${stream} is not at version ${expected}`);
      await client.query({ ...INSERT, values: row(stream, expected + 1, event) });
    });
  return {
    insert: (stream: string, event: NewEvent) => pool.query({ ...INSERT, values: row(stream, 1, event) }),
    append: (stream: string, event: NewEvent) => appendAt(stream, 0, event),
    command: async (stream: string, event: NewEvent) => {
      const { rows } = await pool.query({ ...LOAD, values: [stream] });
      await appendAt(stream, rows.length, event);
    },
  };
}
