/** The least that any rebuild must do: events out of the databases in large pages, parsed, folded, rows copied in, indexes built. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Row, Table } from '@foldline/projections';
import { userOrders } from '../../apps/user-orders-query/src/projection/user-orders.project';
import type { RunFile } from './running-shop';

/** Rows of a table as bare as can be; what asks by a column gets a scan's worth of an index. */
class Bare {
  readonly rows = new Map<string, Row>();
  private byUser?: Map<string, Set<string>>;
  constructor(private readonly table: Table) {}
  private keyOf = (row: Row): string => this.table.key.map(column => row[column]).join();
  get = (...key: string[]): Row | undefined => this.rows.get(key.join());
  delete = (...key: string[]): void => void this.rows.delete(key.join());
  put = (row: Row): void => {
    const key = this.keyOf(row);
    this.rows.set(key, row);
    if (this.byUser) this.note(key, row);
  };
  where = (column: string, value: string): Row[] => {
    if (!this.byUser) {
      this.byUser = new Map();
      for (const [key, row] of this.rows) this.note(key, row);
    }
    return [...(this.byUser.get(value) ?? [])].map(key => this.rows.get(key)!).filter(row => row[column] === value);
  };
  private note(key: string, row: Row): void {
    const user = String(row['user_id']);
    this.byUser!.set(user, (this.byUser!.get(user) ?? new Set()).add(key));
  }
}

const PAGE = 20_000;
const EVENTS = `
  select json_build_object('type', type, 'stream', stream, 'data', data,
    'recordedAt', to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text as event
  from log.events where position > $1 order by position limit ${PAGE}`;

async function connected(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  return client;
}

export async function limit(shop: RunFile): Promise<{ events: number; seconds: number }> {
  const from = performance.now();
  const views = Object.fromEntries(
    Object.entries(userOrders.tables).map(([name, table]) => [name, new Bare(table as Table)]),
  );
  let events = 0;
  for (const log of userOrders.logs) {
    const client = await connected(shop.postgres.urls[log]);
    for (let more = true, after = 0; more; after += PAGE) {
      const { rows } = await client.query<{ event: string }>(EVENTS, [after]);
      for (const { event } of rows) userOrders.project(views as never, JSON.parse(event) as never);
      events += rows.length;
      more = rows.length === PAGE;
    }
    await client.end();
  }
  const client = await connected(shop.postgres.urls.query);
  try {
    for (const [name, table] of Object.entries(userOrders.tables))
      await copyIn(client, table as Table, views[name]!.rows.values());
    return { events, seconds: (performance.now() - from) / 1000 };
  } finally {
    for (const name of Object.keys(userOrders.tables)) await client.query(`drop table if exists ${limitTable(name)}`);
    await client.end();
  }
}

const escaped = (value: unknown): string =>
  value === null || value === undefined
    ? '\\N'
    : (typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(/[\\\t\n\r]/g, c => `\\${c}`);

/** The service's role makes tables in its own schema only. */
const limitTable = (name: string): string => `read."limit_${name}"`;

async function copyIn(client: Client, table: Table, rows: Iterable<Row>): Promise<void> {
  const columns = Object.keys(table.columns);
  const name = limitTable(table.name);
  await client.query(`drop table if exists ${name}`);
  // The serving tables' own definition, without their indexes.
  const { rows: found } = await client.query<{ serving: number }>(
    `select serving from read.projections where name = 'user-orders'`,
  );
  await client.query(`create table ${name} (like read."${table.name}_g${found[0]!.serving}")`);
  function* lines(): Iterable<string> {
    let chunk = '';
    for (const row of rows) {
      chunk += `${columns.map(column => escaped(row[column])).join('\t')}\n`;
      if (chunk.length > 64_000) {
        yield chunk;
        chunk = '';
      }
    }
    yield chunk;
  }
  await pipeline(
    Readable.from(lines()),
    client.query(copyFrom(`copy ${name} (${columns.map(c => `"${c}"`).join()}) from stdin`)),
  );
  await client.query(`alter table ${name} add primary key (${table.key.map(c => `"${c}"`).join()})`);
  for (const index of table.indexes ?? [])
    await client.query(
      `create index on ${name} (${index.map(c => (c.startsWith('-') ? `"${c.slice(1)}" desc` : `"${c}"`)).join()})`,
    );
}
