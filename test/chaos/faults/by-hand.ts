/** Hands on the database: sessions that lock crosswise (row 24), events changed and deleted past every right (row 26). */
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabase, type Sql } from '../model/log-events';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Fault } from './fault';

const deadlocks = async (sql: Sql): Promise<number> =>
  (await sql<{ n: number }>('select deadlocks::int as n from pg_stat_database where datname = current_database()'))[0]!
    .n;

/** Holds what an append takes last and then wants what it takes first. */
const crossed: Fault = {
  row: 24,
  name: 'locks taken crosswise',
  async inject({ stack }) {
    const before = await withDatabase(stack, 'orders', deadlocks);
    for (let round = 0; round < 6; round += 1)
      await withDatabase(stack, 'orders', async sql => {
        await sql('begin');
        await sql('lock table log.commands in exclusive mode');
        // Until an append waits for it with the head in its hand.
        for (let looks = 0; looks < 100; looks += 1) {
          const waiting = await sql("select from pg_locks where not granted and relation = 'log.commands'::regclass");
          if (waiting.length > 0) break;
          await pause(20);
        }
        await sql('update log.log_head set position = position').catch(() => undefined);
        await sql('rollback');
      });
    // Counted a moment later by the server.
    await pause(1500);
    const count = (await withDatabase(stack, 'orders', deadlocks)) - before;
    return { count, note: `${count} deadlocks in 6 rounds` };
  },
};

const verify = async (stack: ChaosStack): Promise<number | null> =>
  (await stack.replay.run('verify', 'user-orders')).code;

const NAMED = `data -> 'personal' ->> 'displayName' is not null and type = 'UserSignedUp'`;

/** `verify` has to tell; afterwards everything is put back as it was. */
const edited: Fault = {
  row: 26,
  name: 'events changed and deleted by hand',
  async inject({ stack }) {
    let count = 0;
    // What is changed for a while has been read by then by whoever compares on the way, and events are read once.
    await pause(10_000);
    const asService = await stack.asService('users', async sql => {
      const tries = ["update log.events set type = 'x'", 'delete from log.events', 'truncate log.events'];
      let done = 0;
      for (const text of tries)
        done += await sql(text).then(
          () => 1,
          () => 0,
        );
      return done;
    });
    if (asService > 0) return { count: 0, note: `the service itself could do ${asService} of 3 such things` };
    await withDatabase(stack, 'users', async sql => {
      await sql('set session_replication_role = replica');
      const [first] = await sql<{ position: number; data: { personal: object } }>(
        `select position::int, data from log.events where ${NAMED} and stream not in
           (select stream from log.events where type <> 'UserSignedUp') order by position offset 1 limit 1`,
      );
      if (!first) return;
      const put = (data: object) =>
        sql('update log.events set data = $2 where position = $1', [first.position, JSON.stringify(data)]);
      await put({ ...first.data, personal: { ...first.data.personal, displayName: 'Somebody else' } });
      try {
        if ((await verify(stack)) === 1) count += 1;
      } finally {
        await put(first.data);
      }
      await sql('begin');
      await sql('create table public.taken as select * from log.events where position = 1');
      await sql('delete from log.events where position = 1');
      await sql('commit');
      try {
        if ((await verify(stack)) === 1) count += 1;
      } finally {
        await sql('insert into log.events select * from public.taken');
        await sql('drop table public.taken');
      }
    });
    return {
      count: count === 2 ? count : 0,
      note: `verify found ${count} of 2: a changed one, and the first one gone`,
    };
  },
};

export const handFaults = [crossed, edited];
