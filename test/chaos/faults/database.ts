/** What PostgreSQL goes through: crashes, long transactions, locked tables, leaders that lose their session (rows 11, 19, 27, 46). */
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabase } from '../model/log-events';
import { LOGS } from '../stack/chaos-stack';
import type { Fault } from './fault';

const crashed: Fault = {
  row: 11,
  name: 'PostgreSQL killed',
  async inject({ stack, random }) {
    for (let times = 0; times < 3; times += 1) {
      stack.postgres.kill('SIGKILL');
      await stack.postgres.stop();
      await pause(random.between(100, 1500));
      await stack.postgres.start();
      await pause(random.between(1500, 3000));
    }
    return { count: 3, note: 'three times' };
  },
};

const longWrite: Fault = {
  row: 19,
  name: 'long write transactions, in the same and in another database',
  async inject({ stack }) {
    const hold = (database: 'orders' | 'users') =>
      withDatabase(stack, database, async sql => {
        await sql('begin');
        await sql('create table public.held_open (x int)');
        await pause(8000);
        await sql('rollback');
      });
    await Promise.all([hold('orders'), hold('users')]);
    return { count: 2, note: '8 s each' };
  },
};

const locked: Fault = {
  row: 27,
  name: 'events locked against everybody',
  async inject({ stack, random }) {
    const log = random.of(LOGS);
    const waiting = await withDatabase(stack, log, async sql => {
      await sql('begin');
      await sql('lock table log.events in access exclusive mode');
      await pause(8000);
      const [{ n }] = (await sql<{ n: number }>(
        `select count(*)::int as n from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
      )) as [{ n: number }];
      await sql('rollback');
      return n;
    });
    return { count: waiting, note: `${log} for 8 s, ${waiting} statements waited at the end` };
  },
};

const flapping: Fault = {
  row: 46,
  name: 'leaders lose their session each second',
  async inject({ stack }) {
    let count = 0;
    for (let second = 0; second < 8; second += 1) {
      for (const log of LOGS)
        await withDatabase(stack, log, async sql => {
          const ended = await sql(
            `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
              and database = (select oid from pg_database where datname = current_database())`,
          );
          count += ended.length;
        });
      await pause(1000);
    }
    return { count, note: `${count} sessions of leaders` };
  },
};

export const databaseFaults = [crashed, longWrite, locked, flapping];
