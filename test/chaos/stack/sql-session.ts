/** Plain SQL on a session of one's own, past every piece of the shop's own code. */
import { Client } from 'pg';

export type Sql = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export async function withUrl<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query("set timezone = 'UTC'");
    return await work(async (text, values) => (await client.query(text, values as unknown[])).rows);
  } finally {
    await client.end();
  }
}
