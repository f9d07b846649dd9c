import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@foldline/postgres';
import { eventually, postgresUrl, Proxy } from '@foldline/testing';
import { LogUnavailableError, type AppendResult } from '../event-log.port';
import { appendTo, everything, expectDense, makeLogDatabase, newId, stepTo, type LogDatabase } from '../testing';
import { PostgresEventLog } from './postgres-event-log';

let database: LogDatabase;
let admin: Connection;
const opened: PostgresEventLog[] = [];
const open = (url = database.appUrl, more: { giveUpAfterMs?: number; statementTimeoutMs?: number } = {}) => {
  const log = new PostgresEventLog({ log: 'products', url, ...more });
  opened.push(log);
  return log;
};
beforeEach(async () => {
  database = await makeLogDatabase(postgresUrl());
  admin = await Connection.open({ url: database.adminUrl, name: 'test-admin' });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(log => log.close()));
  await admin.close();
  await database.drop();
});
const proxied = async () => {
  const { port, hostname } = new URL(database.appUrl);
  return Proxy.to(Number(port), hostname);
};
const killAppenders = () =>
  admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'products-log-append'`,
  );

describe('an append whose answer is lost', () => {
  const keyed = { command: { id: newId(), requestHash: 'h', result: { status: 201 } } };
  const kinds: [string, () => Parameters<typeof appendTo>[2]][] = [
    ['with an answer to keep', () => ({ ...keyed, command: { ...keyed.command, id: newId() } })],
    ['without one', () => ({ id: newId() })],
    ['of a process step', () => ({ id: newId(), checkpoint: stepTo(0, 3) })],
  ];

  it.each(kinds)('%s was carried out: its caller is told so, and there is one copy', async (_, rest) => {
    const proxy = await proxied();
    const log = open(proxy.urlFor(database.appUrl));
    await log.append(appendTo('product-before', 0));
    proxy.swallowReplyTo('log-append');
    const result = await log.append(appendTo('product-a', 0, { events: 2, ...rest() }));
    expect(proxy.fired).toBe(1);
    expect(result).toMatchObject({ kind: 'appended', position: 3 });
    expect(await log.append(appendTo('product-a', 2))).toMatchObject({ kind: 'appended', position: 4 });
    expectDense(await everything(log));
    await proxy.close();
  });

  it('and its neighbours in the call as well, also when one of them was refused', async () => {
    const proxy = await proxied();
    const log = open(proxy.urlFor(database.appUrl));
    await log.append(appendTo('product-b', 0));
    proxy.swallowReplyTo('log-append');
    const results = await Promise.all([
      log.append(appendTo('product-a', 0)),
      log.append(appendTo('product-b', 0)),
      log.append(appendTo('product-c', 0)),
    ]);
    expect(results.map(result => result.kind)).toEqual(['appended', 'conflict', 'appended']);
    expect(proxy.fired).toBe(1);
    expect(await log.head()).toMatchObject({ position: 3 });
    await proxy.close();
  });

  it('is given up in the end as unavailable, and the same command id tells what became of it', async () => {
    const proxy = await proxied();
    const log = open(proxy.urlFor(database.appUrl), { giveUpAfterMs: 300 });
    await log.append(appendTo('product-before', 0));
    proxy.blackHole('toClient');
    const append = appendTo('product-a', 0);
    const lost = log.append(append);
    lost.catch(() => undefined);
    await eventually(async () => expect((await admin.query('select from log.events')).count).toBe(2));
    proxy.refuse();
    await expect(lost).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await open().append(append)).toMatchObject({ kind: 'duplicate', position: 2 });
    await proxy.close();
  });
});

describe('a server that goes away', () => {
  it('while 64 write: every append is told right, once each, nothing else is in the log', async () => {
    const patient = { giveUpAfterMs: 20_000 };
    const logs = [open(database.appUrl, patient), open(database.appUrl, patient)];
    let killed = 0;
    let writing = true;
    const killer = (async () => {
      while (writing) {
        await pause(40 + Math.random() * 80);
        killed += (await killAppenders()).count;
      }
    })();
    const results: AppendResult[] = [];
    await Promise.all(
      Array.from({ length: 64 }, async (_, writer) => {
        for (let i = 0; i < 15; i++) {
          if (Math.random() < 0.5) await pause(Math.random() * 30);
          results.push(await logs[writer % 2]!.append(appendTo(`product-${writer}`, i)));
        }
      }),
    );
    writing = false;
    await killer;
    expect(killed).toBeGreaterThan(0);
    expect(results.every(result => result.kind === 'appended')).toBe(true);
    const events = await everything(logs[0]!);
    expectDense(events);
    expect(events).toHaveLength(64 * 15);
    const positions = results.map(result => (result.kind === 'appended' ? result.position : 0));
    expect([...positions].sort((a, b) => a - b)).toEqual(events.map(event => event.position));
  });

  it('with two calls under way: they are on one connection, and each is told right', async () => {
    const log = open();
    await log.append(appendTo('product-a', 0));
    const sessions = () =>
      admin.query(
        `select wait_event_type from pg_stat_activity where datname = current_database() and application_name = 'products-log-append'`,
      );
    const other = await Connection.open({ url: database.adminUrl, name: 'test-other' });
    await other.query('begin; lock table log.events in exclusive mode');
    const first = log.append(appendTo('product-a', 1));
    const isHeldUp = async () => expect((await sessions()).rows).toEqual([{ wait_event_type: 'Lock' }]);
    await eventually(isHeldUp);
    const second = log.append(appendTo('product-b', 0));
    await pause(50);
    expect((await killAppenders()).count).toBe(1);
    await eventually(isHeldUp);
    await other.close();
    const positions = (await Promise.all([first, second])).map(result => 'position' in result && result.position);
    expect(positions.sort()).toEqual([2, 3]);
    expectDense(await everything(log));
  });

  it('is said to be unavailable in time, and used again when it is back', async () => {
    const proxy = await proxied();
    const log = open(proxy.urlFor(database.appUrl), { giveUpAfterMs: 200 });
    await log.append(appendTo('product-a', 0));
    proxy.refuse();
    await expect(log.append(appendTo('product-a', 1))).rejects.toBeInstanceOf(LogUnavailableError);
    await expect(log.load('product-a', 0)).rejects.toBeInstanceOf(LogUnavailableError);
    await expect(log.head()).rejects.toBeInstanceOf(LogUnavailableError);
    proxy.heal();
    expect(await log.append(appendTo('product-a', 1))).toMatchObject({ kind: 'appended', position: 2 });
    expect((await log.load('product-a', 0)).events).toHaveLength(2);
    await proxy.close();
  });

  it('a client that vanishes while it appends holds nobody up', async () => {
    const proxy = await proxied();
    const vanishing = open(proxy.urlFor(database.appUrl), { giveUpAfterMs: 100, statementTimeoutMs: 300 });
    await vanishing.append(appendTo('product-a', 0));
    proxy.blackHole();
    const lost = vanishing.append(appendTo('product-a', 1));
    const others = open();
    expect(await others.append(appendTo('product-b', 0))).toMatchObject({ kind: 'appended' });
    await expect(lost).rejects.toBeInstanceOf(LogUnavailableError);
    await proxy.close();
  });

  it('a table locked by somebody else ends as unavailable, with nothing written', async () => {
    const log = open(database.appUrl, { statementTimeoutMs: 300 });
    await log.append(appendTo('product-a', 0));
    await admin.query('begin; lock table log.events in access exclusive mode');
    const outcomes = await Promise.allSettled([log.append(appendTo('product-a', 1)), log.load('product-a', 0)]);
    await admin.query('rollback');
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { name: 'LogUnavailableError' } });
    expect(await log.append(appendTo('product-a', 1))).toMatchObject({ kind: 'appended', position: 2 });
  });

  it('an open transaction of somebody else, here or in another database, hides nothing and holds nobody up', async () => {
    const elsewhere = await Connection.open({ url: postgresUrl(), name: 'test' });
    await elsewhere.query('begin; create temp table held (x int)');
    await admin.query('begin; create temp table held (x int)');
    const log = open();
    await log.append(appendTo('product-a', 0));
    await log.append(appendTo('product-a', 1));
    expect((await log.read(0, 10)).map(event => event.version)).toEqual([1, 2]);
    await admin.query('rollback');
    await elsewhere.close();
  });
});
