import { connectPool, Connection, setUpDatabases, type Pool, type Queryable } from '@foldline/postgres';
import { postgresUrl, testDatabase, type TestDatabase } from '@foldline/testing';
import { replayContract, sampleProjection } from '../testing';
import { generationTable } from './generation-tables';
import { BUILD_SESSION, PgProjectionStores, PROJECTION_SESSION_OPTIONS } from './pg-projection-stores';
import type { Table } from '../projection';
import { another } from '../testing/replay-shop';

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
      Connection.open({ url, name: `rebuild ${projection.name} in a test`, ...BUILD_SESSION }),
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

it('a build is not held to the times of a service: it may think, and a statement may take long', async () => {
  const admin = await Connection.open({ url: database.url, name: 'limits' });
  const role = `alter role "${database.name}_app" in database "${database.name}"`;
  await admin.query(`${role} set idle_in_transaction_session_timeout = '100ms'`);
  await admin.query(`${role} set statement_timeout = '100ms'`);
  const slow = async (session: Queryable) => void (await session.query('select pg_sleep(0.4)'));
  const connect = () => Connection.open({ url, name: 'a slow rebuild', ...BUILD_SESSION });
  const stores = new PgProjectionStores(pool, [{ projection: sampleProjection, prepare: slow }], connect);
  const build = await stores.beginBuild(sampleProjection);
  const changes = {
    get products() {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      return [];
    },
  };
  await build.write(changes, new Map());
  await build.finish(false);
  await build.close();
  await stores.drop(sampleProjection.name, build.generation);
  await admin.query(`${role} reset all`);
  await admin.close();
});

it.each([true, false])(
  'finishing goes on where it was cut off, and leaves the indexes of a generation that was live (side by side: %s)',
  async sideBySide => {
    const projection = another(1, sideBySide ? 'cut_off' : 'cut_off_too');
    const connect = () => Connection.open({ url, name: 'cut off', ...BUILD_SESSION });
    let cuts = 0;
    const prepare = () => (cuts++ === 0 ? Promise.reject(new Error('cut off')) : Promise.resolve());
    const stores = new PgProjectionStores(pool, [{ projection, prepare }], connect);
    await stores.prepare();
    const live = await stores.openServing(projection);
    const indexes = async (generation: number) => {
      const { rows } = await pool.query<{ definition: string; primary: boolean; valid: boolean }>(
        `select replace(pg_get_indexdef(indexrelid), '_g' || $1::text, '') as definition, indisprimary as primary, indisvalid as valid
         from pg_index join pg_class c on c.oid = indrelid where c.relname = any ($2) order by 1`,
        [String(generation), Object.values(projection.tables).map(({ name }) => `${name}_g${generation}`)],
      );
      return rows;
    };
    const build = await stores.beginBuild(projection);
    await expect(build.finish(sideBySide)).rejects.toThrow('cut off');
    await build.close();
    const again = await stores.beginBuild(projection);
    expect([again.generation, again.resumed]).toEqual([build.generation, true]);
    await again.finish(sideBySide);
    await again.close();
    const built = await indexes(build.generation);
    expect(built.filter(({ primary, valid }) => primary && valid)).toHaveLength(Object.keys(projection.tables).length);
    expect(built).toEqual(await indexes(live.generation));
  },
);
