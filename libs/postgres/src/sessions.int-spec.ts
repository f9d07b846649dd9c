import { eventually, postgresUrl, Proxy } from '@foldline/testing';
import { Client, Pool as PgPool } from 'pg';
import { Pool } from './pool';
import {
  AdvisoryLease,
  Connection,
  ConnectionLostError,
  connectPool,
  copyInto,
  copyTogether,
  isRefusal,
} from './index';

const url = () => postgresUrl();
const proxied = () => Proxy.to(Number(new URL(url()).port), new URL(url()).hostname);

describe('values', () => {
  it('a bigint is a number, a timestamp RFC 3339 with milliseconds, whatever the session thinks of time zones', async () => {
    const pool = connectPool({ url: url(), name: 'test' });
    const { rows } = await pool.query(
      `select 9007199254740991::bigint as a, '2026-01-02 03:04:05.1+02'::timestamptz as b, '2026-01-02T03:04:05.123456Z'::timestamptz as c, null::timestamptz as d`,
    );
    expect(rows[0]).toEqual({
      a: 9007199254740991,
      b: '2026-01-02T01:04:05.100Z',
      c: '2026-01-02T03:04:05.123Z',
      d: null,
    });
    await expect(pool.query('select 9007199254740993::bigint')).rejects.toThrow(/safe integer/);
    await pool.end();
  });
});

describe('a pool', () => {
  it('never hands out a session whose statement timed out', async () => {
    const proxy = await proxied();
    const pool = connectPool({ url: proxy.urlFor(url()), name: 'test', max: 1, statementTimeoutMs: 300 });
    await pool.query('select 1');
    proxy.blackHole('toClient');
    await expect(pool.query('select 1')).rejects.toThrow(/timeout/);
    expect(proxy.fired).toBeGreaterThan(0);
    proxy.heal();
    expect((await pool.query<{ x: number }>('select 2 as x')).rows).toEqual([{ x: 2 }]);
    await pool.end();
    await proxy.close();
  });

  it('has ended when the server knows nothing of it any more', async () => {
    const admin = await Connection.open({ url: url(), name: 'test' });
    for (let round = 0; round < 10; round += 1) {
      const pool = connectPool({ url: url(), name: 'test pool that ends', max: 5 });
      await Promise.all(Array.from({ length: 5 }, () => pool.query('select pg_sleep(0.01)')));
      await pool.end();
      const { rows } = await admin.query(
        `select pid from pg_stat_activity where application_name = 'test pool that ends'`,
      );
      expect(rows).toEqual([]);
    }
    await admin.close();
  });

  it('ends soon though its server does not answer', async () => {
    const proxy = await proxied();
    const pool = connectPool({ url: proxy.urlFor(url()), name: 'test', max: 1 });
    await pool.query('select 1');
    proxy.blackHole('toServer');
    const asked = performance.now();
    await pool.end();
    expect(performance.now() - asked).toBeLessThan(3000);
    await proxy.close();
  });

  it('outlives a session that the server ends in the very moment it is handed out', async () => {
    const ended = new Error('terminating connection due to administrator command');
    /** As when the server's greeting and its farewell come in one packet. */
    class Ended extends Client {}
    Object.assign(Ended.prototype, {
      connect(this: Client, handOut: (error?: Error) => void): void {
        Client.prototype.connect.call(this, (error: Error) => {
          handOut(error);
          this.emit('error', ended);
        });
      },
    });
    const pool = new Pool(new PgPool({ connectionString: url(), max: 1, Client: Ended }));
    await expect(pool.query('select 1').then(({ count }) => count)).resolves.toBe(1);
    await pool.end();
  });

  it('keeps a session after a refusal and outlives killed idle ones', async () => {
    const pool = connectPool({ url: url(), name: 'test', max: 1 });
    const pid = async () => (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    const first = await pid();
    const failure: unknown = await pool.query('select 1/0').catch((error: unknown) => error);
    expect(isRefusal(failure)).toBe(true);
    expect(await pid()).toBe(first);
    const admin = await Connection.open({ url: url(), name: 'test' });
    await admin.query('select pg_terminate_backend($1)', [first]);
    await admin.close();
    await eventually(async () => expect(await pid()).not.toBe(first));
    await pool.end();
  });

  it('a transaction that throws leaves nothing', async () => {
    const pool = connectPool({ url: url(), name: 'test', max: 1 });
    await pool.query('create temp table t (x int)');
    await expect(
      pool.transaction(async tx => {
        await tx.query('insert into t values (1)');
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect((await pool.query('select from t')).count).toBe(0);
    await pool.end();
  });
});

describe('a connection', () => {
  it('is lost, and says that the outcome is unknown, when an answer does not come', async () => {
    const proxy = await proxied();
    const connection = await Connection.open({ url: proxy.urlFor(url()), name: 'test', statementTimeoutMs: 300 });
    const lost = new Promise(resolve => connection.onLost(resolve));
    proxy.swallowReplyTo('select 42');
    await expect(connection.query('select 42')).rejects.toBeInstanceOf(ConnectionLostError);
    await lost;
    expect(connection.lost).toBe(true);
    await expect(connection.query('select 1')).rejects.toBeInstanceOf(ConnectionLostError);
    await expect(copyInto(connection, 'copy bulk from stdin', ['1'])).rejects.toBeInstanceOf(ConnectionLostError);
    await proxy.close();
  });

  describe('with statements in a pipeline', () => {
    /** How long an answer is waited for: the server's limit and two seconds. */
    const LIMIT_MS = 2500;
    const settings = { name: 'test', statementTimeoutMs: 500, pipeline: true };
    const sleeping = (seconds: number) => `select pg_sleep(${seconds})`;

    it('counts the time of each from the answer before; one that is refused fails none behind it', async () => {
      const connection = await Connection.open({ ...settings, url: url() });
      const sentAt = performance.now();
      const all = [...Array.from({ length: 26 }, () => sleeping(0.1)), sleeping(1), 'select 42 as x'];
      const outcomes = await Promise.allSettled(all.map(text => connection.query(text)));
      expect(performance.now() - sentAt).toBeGreaterThan(LIMIT_MS);
      expect(outcomes.slice(0, 26).map(({ status }) => status)).toEqual(Array(26).fill('fulfilled'));
      expect(outcomes[26]).toMatchObject({ status: 'rejected', reason: { code: '57014' } });
      expect(outcomes[27]).toMatchObject({ value: { rows: [{ x: 42 }] } });
      await connection.close();
    });

    it('is lost with all of them when the next answer does not come', async () => {
      const proxy = await proxied();
      const connection = await Connection.open({ ...settings, url: proxy.urlFor(url()) });
      await connection.query('select 1');
      proxy.blackHole('toClient');
      const sentAt = performance.now();
      const outcomes = await Promise.allSettled(['select 1', 'select 2'].map(text => connection.query(text)));
      expect(performance.now() - sentAt).toBeGreaterThan(LIMIT_MS - 50);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { name: 'ConnectionLostError' } });
      expect(connection.lost).toBe(true);
      await proxy.close();
    });
  });

  it('copies rows in bulk', async () => {
    const connection = await Connection.open({ url: url(), name: 'test' });
    await connection.query('create temp table bulk (x int, y text)');
    expect(await copyInto(connection, 'copy bulk from stdin', ['1\ta\n2\t', 'b\n'])).toBe(2);
    await expect(copyInto(connection, 'copy bulk from stdin', ['x\ta\n'])).rejects.toThrow(/invalid input/);
    expect((await connection.query('select x from bulk')).count).toBe(2);
    await connection.close();
  });

  describe('with several copies and a statement behind them', () => {
    let connection: Connection;
    const into = (table: string, ...chunks: string[]) => ({ sql: `copy ${table} from stdin`, chunks });
    const written = async () =>
      (
        await connection.query<{ a: number; b: number; c: number }>(
          'select (select count(*)::int from a) as a, (select count(*)::int from b) as b, (select count(*)::int from c) as c',
        )
      ).rows[0];
    beforeEach(async () => {
      connection = await Connection.open({ url: url(), name: 'test' });
      await connection.query('create temp table a (x int); create temp table b (x int); create temp table c (x int)');
    });
    afterEach(() => connection.close());

    it('writes all of it', async () => {
      await copyTogether(
        connection,
        [into('a', '1\n', '2\n'), into('b', '3\n'), into('a')],
        'insert into c values (4)',
      );
      expect(await written()).toEqual({ a: 2, b: 1, c: 1 });
      await copyTogether(connection, [], 'insert into c values (5)');
      expect(await written()).toEqual({ a: 2, b: 1, c: 2 });
    });

    it('writes nothing where one part is refused, whatever is still being sent, and the session goes on', async () => {
      const much = Array.from({ length: 200 }, () => '7\n'.repeat(30_000));
      const copies = [into('a', '1\n'), into('b', 'no number\n', ...much), into('a', ...much)];
      await expect(copyTogether(connection, copies, 'insert into c values (4)')).rejects.toThrow(/invalid input/);
      expect(await written()).toEqual({ a: 0, b: 0, c: 0 });
      await expect(copyTogether(connection, [into('a', '1\n')], 'insert into nowhere values (1)')).rejects.toThrow(
        /nowhere/,
      );
      expect(await written()).toEqual({ a: 0, b: 0, c: 0 });
    });

    it('writes nothing where a chunk cannot be made, and says why', async () => {
      function* failing() {
        yield '1\n';
        throw new Error('no such row');
      }
      const copies = [into('a', '1\n'), { sql: 'copy b from stdin', chunks: failing() }];
      await expect(copyTogether(connection, copies, 'insert into c values (4)')).rejects.toThrow('no such row');
      expect(await written()).toEqual({ a: 0, b: 0, c: 0 });
    });

    it('rejects at once on a session that is lost', async () => {
      connection.destroy();
      const copying = copyTogether(connection, [into('a', '1\n')], 'insert into c values (4)');
      await expect(copying).rejects.toBeInstanceOf(ConnectionLostError);
    });

    it('rejects when the session ends under it', async () => {
      const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
      const copying = copyTogether(connection, [into('a', '1\n')], 'select pg_sleep(10)');
      const other = await Connection.open({ url: url(), name: 'test' });
      await Promise.all([
        expect(copying).rejects.toThrow(),
        other.query('select pg_terminate_backend($1)', [rows[0]!.pid]),
      ]);
      await other.close();
    });
  });
});

describe('a lease', () => {
  const leaseOn = (address: string, lock: string) =>
    new AdvisoryLease({ url: address, name: `test-${lock}`, lock, everyMs: 50, deadlineMs: 400 });
  const until = (signal: AbortSignal) =>
    new Promise<void>(resolve => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())));

  it('is held by one, and goes over when its holder stops', async () => {
    const [a, b] = [leaseOn(url(), 'l1'), leaseOn(url(), 'l1')];
    a.start(until);
    await eventually(() => expect(a.held).toBe(true));
    b.start(until);
    await a.stop();
    expect(a.held).toBe(false);
    await eventually(() => expect(b.held).toBe(true));
    await b.stop();
  });

  it('is given up by a holder that cannot reach the server any more, and taken again afterwards', async () => {
    const proxy = await proxied();
    const lease = leaseOn(proxy.urlFor(url()), 'l2');
    let lost = 0;
    lease.start(async signal => {
      await until(signal);
      lost++;
    });
    await eventually(() => expect(lease.held).toBe(true));
    proxy.blackHole();
    await eventually(() => expect(lost).toBe(1));
    expect(lease.held).toBe(false);
    proxy.heal();
    proxy.reset();
    await eventually(() => expect(lease.held).toBe(true));
    await lease.stop();
    await proxy.close();
  });

  it('is lost when its session is killed', async () => {
    const lease = leaseOn(url(), 'l3');
    const terms: string[] = [];
    lease.start(async signal => {
      terms.push('begin');
      await until(signal);
      terms.push('end');
    });
    await eventually(() => expect(lease.held).toBe(true));
    const admin = await Connection.open({ url: url(), name: 'test' });
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test-l3'`);
    await admin.close();
    await eventually(() => expect(terms).toEqual(['begin', 'end', 'begin']));
    await lease.stop();
  });
});
