import { assertMigrated, Connection, setUpDatabases } from '@foldline/postgres';
import { postgresUrl } from '@foldline/testing';
import { eventLogMigrations } from '../sql/migrations';
import { appendTo, makeLogDatabase, newId, type LogDatabase } from '../testing';
import { PostgresEventLog } from './postgres-event-log';

let database: LogDatabase;
let admin: Connection;
let log: PostgresEventLog;
beforeEach(async () => {
  database = await makeLogDatabase(postgresUrl());
  admin = await Connection.open({ url: database.adminUrl, name: 'test-admin' });
  log = new PostgresEventLog({ log: 'products', url: database.appUrl });
});
afterEach(async () => {
  await log.close();
  await admin.close();
  await database.drop();
});

describe('the function log.append by itself', () => {
  it('refuses a call that names a stream, claim or step twice as a whole, so no copy and no hole can come of it', async () => {
    const app = await Connection.open({ url: database.appUrl, name: 'test' });
    const write = (n: number) => ({ n, stream: 's', expected: 0 });
    const event = (n: number) => ({
      ...{ n, stream: 's', version: 1, type: 'T', schema: 1, id: newId(), data: {}, metadata: {}, bytes: 1 },
    });
    const claim = (n: number) => ({ n, scope: 'a', value: 'b', stream: `s${n}`, release: false });
    const step = (n: number) => ({
      n,
      step: 's',
      log: 'l',
      incarnation: newId(),
      from: 0,
      to: 1,
      event_id: newId(),
      parked: [],
    });
    const command = { id: newId(), upto: 0 };
    const call = (...args: unknown[]) =>
      app.query(
        'select * from log.append($1, $2, $3, $4, $5)',
        args.map(arg => arg && JSON.stringify(arg)),
      );
    await expect(call([write(0), write(1)], [event(0), event(1)], null, null, null)).rejects.toMatchObject({
      code: '23505',
    });
    await expect(call([], [], null, [claim(0), claim(1)], null)).rejects.toMatchObject({ code: '23505' });
    await expect(call([], [], null, null, [step(0), step(1)])).rejects.toMatchObject({ code: '21000' });
    await expect(
      call(
        [],
        [],
        [
          { n: 0, ...command },
          { n: 1, ...command },
        ],
        null,
        null,
      ),
    ).rejects.toMatchObject({ code: '23505' });
    expect((await app.query('select position from log.log_head')).rows).toEqual([{ position: 0 }]);
    await app.close();
  });
});

describe('the service role', () => {
  it('can read the log and append by the function, and change nothing', async () => {
    await log.append(appendTo('product-a', 0, { command: { id: newId(), requestHash: 'h' } }));
    const app = await Connection.open({ url: database.appUrl, name: 'test' });
    for (const table of ['events', 'log_head', 'commands', 'claims', 'snapshots', 'step_checkpoints', 'parked']) {
      await expect(app.query(`select from log.${table}`)).resolves.toBeDefined();
      for (const sql of [
        `insert into log.${table} select * from log.${table}`,
        `delete from log.${table}`,
        `truncate log.${table}`,
        `drop table log.${table}`,
        `alter table log.${table} add x int`,
        `do $$ begin lock table log.${table} in access exclusive mode; end $$`,
        `create trigger t before insert on log.${table} execute function log.append()`,
      ])
        await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    for (const sql of [
      'update log.events set stream = stream',
      'update log.log_head set position = 0',
      `select log.settle('{}', null, null, now())`,
      `select log.repeated('[]')`,
      'drop function log.append',
      `create function log.mine() returns int language sql as 'select 1'`,
      'create table log.mine (x int)',
      `copy log.events to program 'true'`,
    ])
      await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' });
    await app.close();
    expect(await log.head()).toMatchObject({ position: 1 });
  });

  it('is refused by a database with a newer schema than the code, and by one without any', async () => {
    const app = await Connection.open({ url: database.appUrl, name: 'test' });
    await assertMigrated(app, eventLogMigrations);
    await admin.query(`insert into service.migrations values ('event-log', 99, 'future', 'x')`);
    await expect(assertMigrated(app, eventLogMigrations)).rejects.toThrow(/run the newer build/);
    const owner = { name: `${database.name}_owner`, password: new URL(database.appUrl).password };
    await expect(
      setUpDatabases(postgresUrl(), [{ appUrl: database.appUrl, owner, sets: [eventLogMigrations] }]),
    ).rejects.toThrow(/run the newer build/);
    await app.close();
  });
});
