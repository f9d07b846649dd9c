import { randomBytes } from 'node:crypto';
import { postgresUrl } from '@foldline/testing';
import {
  assertMigrated,
  Connection,
  migrate,
  MigrationError,
  numbered,
  Settings,
  setUpDatabases,
  type DatabaseSetup,
} from '../index';

const suffix = randomBytes(4).toString('hex');
const one = { name: 'things', migrations: numbered(['things', 'create table service.things (x int)']) };
const two = {
  name: 'things',
  migrations: [...one.migrations, ...numbered(['x', ''], ['more', 'create table service.more (y int)']).slice(1)],
};

function setupOf(x: string, sets = [one], password = `it's a pass:word@${x}`): DatabaseSetup {
  const url = new URL(postgresUrl());
  url.pathname = `/${x}_${suffix}`;
  url.username = `${x}_${suffix}_app`;
  url.password = encodeURIComponent(password);
  return { appUrl: url.toString(), owner: { name: `${x}_${suffix}_owner`, password }, sets };
}
const ownerUrl = ({ appUrl, owner }: DatabaseSetup): string => {
  const url = new URL(appUrl);
  url.username = owner.name;
  return url.toString();
};
async function using<T>(url: string, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await Connection.open({ url, name: 'test' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
const refusedWith = (state: string) => expect.objectContaining({ code: state });

describe('setting up databases', () => {
  const a = setupOf('a');
  const b = setupOf('b');
  afterAll(() =>
    using(postgresUrl(), async admin => {
      for (const x of ['a', 'b']) await admin.query(`drop database if exists ${x}_${suffix} with (force)`);
      for (const x of ['a', 'b'])
        for (const role of ['app', 'owner']) await admin.query(`drop role if exists ${x}_${suffix}_${role}`);
    }),
  );

  it('several set-ups at once make everything once, and another one finds nothing to do', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => setUpDatabases(postgresUrl(), [a, b])));
    expect(ran.filter(n => n > 0)).toHaveLength(1);
    expect(await setUpDatabases(postgresUrl(), [a, b])).toBe(0);
  });

  it('a new password counts from then on', async () => {
    const other = setupOf('a', [one], 'another');
    await setUpDatabases(postgresUrl(), [other]);
    await using(other.appUrl, session => session.query('select 1'));
    await expect(using(a.appUrl, session => session.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
    await setUpDatabases(postgresUrl(), [a]);
  });

  it('no password is stored in clear, and roles have no more rights than they need', async () => {
    const { rows } = await using(postgresUrl(), admin =>
      admin.query<Record<string, unknown>>(
        `select rolpassword, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_authid where rolname like '%${suffix}%'`,
      ),
    );
    expect(rows).toHaveLength(4);
    for (const { rolpassword, ...rights } of rows) {
      expect(rolpassword).toMatch(/^SCRAM-SHA-256\$/);
      expect(Object.values(rights)).toEqual([false, false, false, false]);
    }
  });

  it('a service cannot open the database of another one', async () => {
    const url = new URL(a.appUrl);
    url.pathname = new URL(b.appUrl).pathname;
    await expect(using(url.toString(), session => session.query('select 1'))).rejects.toMatchObject({ code: '42501' });
  });

  it('a service has its tables and schema, and no more', async () => {
    await using(a.appUrl, async app => {
      await expect(new Settings(app).putIfAbsent('key', { a: 1 })).resolves.toEqual({ a: 1 });
      await expect(new Settings(app).putIfAbsent('key', { a: 2 })).resolves.toEqual({ a: 1 });
      await app.query('create table read.mine (x int)');
      for (const sql of [
        'create table service.mine (x int)',
        'create table public.mine (x int)',
        'create schema mine',
        'drop table service.things',
        'alter table service.things add y int',
        'delete from service.migrations',
        'create role mine',
        'set role ' + a.owner.name,
      ])
        await expect(app.query(sql)).rejects.toEqual(refusedWith('42501'));
    });
  });

  it('a session of a service has its limits from the server', async () => {
    const { rows } = await using(a.appUrl, app =>
      app.query<{ name: string; setting: string }>(
        `select name, setting from pg_settings where name in ('idle_in_transaction_session_timeout', 'lock_timeout', 'search_path') order by name`,
      ),
    );
    expect(rows.map(row => row.setting)).toEqual(['5000', '10000', 'service, read']);
  });

  it('services start on the schema they know, and nothing migrates backwards', async () => {
    await using(a.appUrl, app => assertMigrated(app, one));
    await expect(using(a.appUrl, app => assertMigrated(app, two))).rejects.toThrow(/needs 2: run the setup tool/);
    expect(await setUpDatabases(postgresUrl(), [setupOf('a', [two])])).toBe(1);
    await expect(using(a.appUrl, app => assertMigrated(app, one))).rejects.toThrow(/run the newer build/);
    await expect(setUpDatabases(postgresUrl(), [a])).rejects.toThrow(MigrationError);
  });

  it('a migration that was edited after it ran is refused', async () => {
    const edited = { ...one, migrations: numbered(['things', 'create table service.things (x bigint)']) };
    await expect(using(ownerUrl(b), owner => migrate(owner, [edited], new URL(b.appUrl).username))).rejects.toThrow(
      /differs from the one/,
    );
  });

  it('a migration that fails leaves nothing of its run behind', async () => {
    const failing = {
      name: 'f',
      migrations: numbered(['ok', 'create table service.half (x int)'], ['no', 'select 1/0']),
    };
    await expect(using(ownerUrl(b), owner => migrate(owner, [failing], new URL(b.appUrl).username))).rejects.toThrow(
      /division by zero/,
    );
    await expect(using(ownerUrl(b), owner => owner.query('select from service.half'))).rejects.toEqual(
      refusedWith('42P01'),
    );
  });
});
