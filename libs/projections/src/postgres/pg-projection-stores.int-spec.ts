import { connectPool, type Pool } from '@foldline/postgres';
import { projectionStoreContract } from '../testing';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS } from './pg-projection-stores';

const url = process.env['TEST_PG'] ?? 'postgres://postgres@127.0.0.1:55433/postgres';
let pool: Pool;
beforeAll(async () => {
  pool = connectPool({ url, name: 'projections-test', options: PROJECTION_SESSION_OPTIONS });
  await pool.query('drop schema if exists read cascade');
  await pool.query('create schema read');
});
afterAll(() => pool.end());

projectionStoreContract('PostgreSQL', async () => new PgProjectionStores(pool));
