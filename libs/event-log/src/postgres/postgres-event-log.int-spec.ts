import { Connection } from '@foldline/postgres';
import { postgresUrl } from '@foldline/testing';
import { eventLogContract, makeLogDatabase, type LogDatabase } from '../testing';
import { PostgresEventLog } from './postgres-event-log';

describe('the event log on PostgreSQL', () => {
  let database: LogDatabase;
  let admin: Connection;
  beforeAll(async () => {
    database = await makeLogDatabase(postgresUrl());
    admin = await Connection.open({ url: database.adminUrl, name: 'test' });
  });
  afterAll(async () => {
    await admin.close();
    await database.drop();
  });

  eventLogContract(async () => {
    await admin.query(
      `truncate log.events, log.commands, log.claims, log.snapshots, log.step_checkpoints, log.parked;
       update log.log_head set position = 0, recorded_at = null`,
    );
    const open = () => new PostgresEventLog({ log: 'products', url: database.appUrl });
    const logs = [open()];
    return {
      log: logs[0]!,
      replica: () => (logs.push(open()), logs.at(-1)!),
      forgetCommands: async () => void (await admin.query(`select log.purge_commands(interval '0', 1000)`)),
      close: async () => void (await Promise.all(logs.map(log => log.close()))),
    };
  });
});
