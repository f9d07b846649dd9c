/** Links to PostgreSQL and NATS cut, slowed and silenced by the proxies on them (rows 12-15, 36), and connections used up (23). */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { withDatabase } from '../model/log-events';
import { LOGS, SERVICES } from '../stack/chaos-stack';
import type { Fault } from './fault';

const terminated: Fault = {
  row: 12,
  name: 'database sessions ended by the server',
  async inject({ stack, random }) {
    let count = 0;
    for (let times = 0; times < 15; times += 1) {
      const database = random.of([...LOGS, 'query'] as const);
      await withDatabase(stack, database, async sql => {
        const ended = await sql(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
        );
        count += ended.length;
      });
      await pause(random.between(50, 500));
    }
    return { count, note: `${count} sessions` };
  },
};

const swallowed: Fault = {
  row: 13,
  name: 'answer to an append swallowed',
  async inject({ stack, random }) {
    let count = 0;
    for (const service of [random.of(LOGS), 'orders', 'products'] as const) {
      const proxy = stack.toPostgres.get(service)!;
      const before = proxy.fired;
      proxy.swallowReplyTo('log-append', random.between(3, 8));
      await pause(3000);
      proxy.heal();
      count += proxy.fired - before;
    }
    return { count, note: `${count} answers lost after the server had the call` };
  },
};

const halfOpen: Fault = {
  row: 14,
  name: 'half-open link to PostgreSQL',
  async inject({ stack, random }) {
    const service = random.of([...SERVICES, 'orders'] as const);
    const proxy = stack.toPostgres.get(service)!;
    const before = proxy.fired;
    const way = random.of(['both', 'toServer', 'toClient'] as const);
    proxy.blackHole(way);
    await pause(random.between(6000, 9000));
    proxy.heal();
    // What lay in the hole is out of step for ever: such connections are dead, as after a partition of hours.
    proxy.reset();
    return { count: proxy.fired - before, note: `${service}, ${way}` };
  },
};

/** The link goes silent at the very moment of an append, each time; what is loaded before it still comes. */
export const appendsLost: Fault = {
  row: 14,
  name: 'appends lost on the way',
  async inject({ stack, random }) {
    const proxy = stack.toPostgres.get('orders')!;
    const before = proxy.fired;
    proxy.lose('log-append');
    await pause(random.between(8000, 9000));
    proxy.heal();
    proxy.reset();
    return { count: proxy.fired - before, note: 'orders' };
  },
};

const slow: Fault = {
  row: 15,
  name: 'slow PostgreSQL',
  async inject({ stack, random }) {
    const service = random.of(SERVICES);
    const proxy = stack.toPostgres.get(service)!;
    const before = proxy.fired;
    proxy.delay(200);
    await pause(8000);
    proxy.heal();
    return { count: proxy.fired - before, note: `${service}, 200 ms each way` };
  },
};

const exhausted: Fault = {
  row: 23,
  name: 'connections to PostgreSQL used up',
  async inject({ stack }) {
    const held: Client[] = [];
    let refused = 0;
    while (refused < 5 && held.length < 400) {
      const client = new Client({ connectionString: stack.databaseUrl('query') });
      client.on('error', () => undefined);
      try {
        await client.connect();
        held.push(client);
      } catch {
        refused += 1;
      }
    }
    // Sessions that the services hold are ended, so that they need new ones and get none.
    await held[0]!.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename like '%\\_app' and backend_type = 'client backend'`,
    );
    const more = Array.from({ length: 60 }, async () => {
      const client = new Client({ connectionString: stack.databaseUrl('query') });
      client.on('error', () => undefined);
      await client.connect().then(
        () => held.push(client),
        () => undefined,
      );
    });
    await Promise.all(more);
    await pause(5000);
    await Promise.all(held.map(client => client.end().catch(() => undefined)));
    return { count: refused, note: `${held.length} sessions held for 5 s` };
  },
};

const partition: Fault = {
  row: 36,
  name: 'link to NATS cut one way',
  async inject({ stack, random }) {
    const service = random.of(SERVICES);
    const proxy = stack.toNats.get(service)!;
    const before = proxy.fired;
    const way = random.of(['toServer', 'toClient', 'both'] as const);
    proxy.blackHole(way);
    await pause(random.between(5000, 8000));
    proxy.heal();
    proxy.reset();
    return { count: proxy.fired - before, note: `${service}, ${way}` };
  },
};

export const linkFaults = [terminated, swallowed, halfOpen, slow, exhausted, partition];
