import { Connection } from '@foldline/postgres';
import { postgresUrl } from '@foldline/testing';
import { PostgresEventLog } from '../postgres/postgres-event-log';
import { makeLogDatabase, newId, type LogDatabase } from '../testing';
import { stock, type Stock } from '../testing/stock';
import { StateStore } from './state-store';

const EVENTS = 12_345;

describe('a long stream', () => {
  let database: LogDatabase;
  let log: PostgresEventLog;
  beforeAll(async () => {
    database = await makeLogDatabase(postgresUrl());
    const admin = await Connection.open({ url: database.adminUrl, name: 'test' });
    const metadata = { commandId: newId(), correlationId: newId(), causationId: newId() };
    await admin.query(
      `insert into log.events select v, 'product-long', v, 'StockReceived', 1, gen_random_uuid(), $2, $3, now(), 300
         from generate_series(1, $1::int) v`,
      [EVENTS, { productId: newId(), quantity: 1 }, metadata],
    );
    await admin.query('update log.log_head set position = $1, recorded_at = now()', [EVENTS]);
    await admin.close();
    log = new PostgresEventLog({ log: 'products', url: database.appUrl });
  });
  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  it('is read in pieces the first time, and from its snapshot ever after', async () => {
    const load = jest.spyOn(log, 'load');
    const first = new StateStore<Stock, never>(log, stock);
    expect(await first.load('product-long')).toMatchObject({ version: EVENTS, state: { available: EVENTS } });
    expect(load).toHaveBeenCalledTimes(3);
    await first.flush();
    load.mockClear();
    const second = new StateStore<Stock, never>(log, stock);
    expect(await second.load('product-long')).toMatchObject({ version: EVENTS, state: { available: EVENTS } });
    expect(load).toHaveBeenCalledTimes(1);
    expect((await load.mock.results[0]!.value) as unknown).toMatchObject({ events: [], snapshot: { version: EVENTS } });
  });
});
