/** What a service does about a database that it cannot use, or should not. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { RpcException } from '@nestjs/microservices';
import { PostgresEventLog } from '@foldline/event-log';
import { connectPool, missingSafeguards, setUpDatabases } from '@foldline/postgres';
import { commonSettings, makeKit, makeLogger, readConfig, startTracing, storeSettings } from '@foldline/service-kit';
import { freePort, startOwnPostgres, transactionPooler, type OwnServer } from '@foldline/testing';
import { logOwnerController } from '@foldline/transport/owner';
import { openFoundation } from './foundation';
import { logForOthers } from './own-log';

jest.setTimeout(60_000);

const PASSWORD = 'canary-p@ss/word';
const urlAt = (port: number): string => {
  const url = new URL(`postgres://service@127.0.0.1:${port}/service`);
  url.password = encodeURIComponent(PASSWORD);
  return url.toString();
};

async function open(databaseUrl: string) {
  const kit = makeKit('things', makeLogger('things', 'warn'), await startTracing('things', undefined));
  const warn = jest.spyOn(kit.log, 'warn').mockReturnValue(undefined);
  const config = readConfig(
    { ...commonSettings, ...storeSettings },
    { PORT: '1', DATABASE_URL: databaseUrl, NATS_URL: `nats://127.0.0.1:${await freePort()}` },
  );
  try {
    await openFoundation(config, kit, []);
    return { warn };
  } finally {
    await kit.shutdown.run();
  }
}

async function expectClearError(databaseUrl: string, says: RegExp): Promise<void> {
  const started = performance.now();
  const error: unknown = await open(databaseUrl).catch((thrown: unknown) => thrown);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(String(error)).toMatch(says);
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary');
}

describe('a database', () => {
  let postgres: OwnServer;
  beforeAll(async () => {
    postgres = await startOwnPostgres();
    await setUpDatabases(postgres.url, [
      { appUrl: urlAt(postgres.port), owner: { name: 'service_owner', password: 'x' }, sets: [] },
    ]);
  });
  afterAll(() => postgres.remove());

  it('that keeps what it acknowledges is used without a word', async () => {
    expect((await open(urlAt(postgres.port))).warn).not.toHaveBeenCalled();
  });

  it('that may lose what it acknowledges is told of aloud', async () => {
    const admin = connectPool({ url: postgres.url, name: 'test' });
    await admin.query('alter system set fsync = off');
    await admin.query('alter system set synchronous_commit = off');
    await admin.query('select pg_reload_conf()');
    await admin.end();
    const { warn } = await open(urlAt(postgres.port));
    expect(warn).toHaveBeenCalledWith({ off: ['fsync', 'synchronous_commit'] }, expect.stringContaining('lose'));
  });

  it('with another password ends the start with a clear error, in time, without showing it', () =>
    expectClearError(urlAt(postgres.port).replace('canary', 'canary-2'), /password authentication failed/));

  it.each(['last-first', 'in-turn'] as const)(
    'behind a pooler in transaction mode that lends its sessions %s ends the start with a clear error',
    async order => {
      const pooler = await transactionPooler(urlAt(postgres.port), order);
      await expectClearError(pooler.url, /pooler in transaction mode.*pool_mode = session/);
      await pooler.close();
    },
  );

  it('that is full is told of to who asks for events in an answer and one line, without a stack', async () => {
    const admin = connectPool({ url: postgres.url, name: 'test' });
    await admin.query('alter database service connection limit 0');
    const log = new PostgresEventLog({ log: 'orders', url: urlAt(postgres.port) });
    const warn = jest.fn();
    const owned = logForOthers(log, { log: { warn } as never });
    const OwnerController = logOwnerController('orders') as new (owned: unknown) => {
      read(request: unknown): Promise<Uint8Array>;
    };
    // An RpcException is what Nest answers without writing anything.
    await expect(new OwnerController(owned).read({ after: 0, limit: 1 })).rejects.toBeInstanceOf(RpcException);
    expect(warn.mock.calls).toEqual([
      [{ reason: expect.stringContaining('too many connections') }, expect.any(String)],
    ]);
    await log.close();
    await admin.query('alter database service connection limit -1');
    await admin.end();
  });

  it('that is a read-only replica ends the start with a clear error', async () => {
    await postgres.stop();
    await writeFile(join(postgres.dataDir, 'standby.signal'), '');
    await postgres.start();
    await expectClearError(urlAt(postgres.port), /read-only replica/);
    const pool = connectPool({ url: postgres.url, name: 'test' });
    await expect(missingSafeguards(pool)).rejects.toThrow(/DATABASE_URL/);
    await pool.end();
  });
});

describe('a database server', () => {
  it('that is not there ends the start with a clear error, in time, without the password', async () =>
    expectClearError(urlAt(await freePort()), /ECONNREFUSED/));

  it('that takes connections and never answers ends the start in time', async () => {
    const silent = createServer(socket => socket.on('error', () => undefined));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    await expectClearError(urlAt((silent.address() as { port: number }).port), /timeout/i);
    silent.close();
  });

  it('whose name nobody knows ends the start with a clear error', () =>
    expectClearError(urlAt(5432).replace('127.0.0.1', 'nowhere.invalid'), /ENOTFOUND|EAI_AGAIN/));
});
