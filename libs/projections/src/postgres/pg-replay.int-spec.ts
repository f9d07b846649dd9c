import { connectPool, Connection, setUpDatabases, type Pool } from '@foldline/postgres';
import { postgresUrl, testDatabase, type TestDatabase } from '@foldline/testing';
import { replayContract } from '../testing';
import { generationTable } from './generation-tables';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS } from './pg-projection-stores';
import type { Table } from '../projection';

let database: TestDatabase;
let url: string;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase('replay');
  const app = new URL(database.url);
  [app.username, app.password] = [`${database.name}_app`, 'app'];
  url = app.toString();
  const owner = { name: `${database.name}_owner`, password: 'owner' };
  await setUpDatabases(postgresUrl(), [{ appUrl: url, owner, sets: [] }]);
  pool = connectPool({ url, name: 'replay-test', max: 10, options: PROJECTION_SESSION_OPTIONS });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const quoted = (name: string): string => `"${name}"`;

replayContract('PostgreSQL', {
  stores: projection =>
    new PgProjectionStores(pool, [{ projection }], () =>
      Connection.open({ url, name: `rebuild ${projection.name} in a test` }),
    ),
  plant: async (projection, name, generation, key, row) => {
    const table = projection.tables[name] as unknown as Table;
    const target = generationTable(table, generation);
    const where = table.key.map((column, i) => `${quoted(column)} = $${i + 1}`).join(' and ');
    await pool.query(`delete from ${target} where ${where}`, [...key]);
    if (row)
      await pool.query(`insert into ${target} select * from json_populate_record(null::${target}, $1::json)`, [
        JSON.stringify(row),
      ]);
  },
  isThere: async (projection, name, generation) => {
    const { rows } = await pool.query<{ found: string | null }>('select to_regclass($1)::text as found', [
      generationTable(projection.tables[name], generation),
    ]);
    return rows[0]!.found !== null;
  },
});
