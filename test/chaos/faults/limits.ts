/** Processes at their limits: stopped in an append, out of memory, slow, two that lead, clocks that are wrong (rows 5, 8, 41, 44, 52). */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { withDatabase } from '../model/log-events';
import type { Fault } from './fault';
import { LEADS_MS, metric } from './processes';

const WRITERS = ['users', 'products', 'orders'] as const;

/** An append is one statement, so whoever stops in it holds nothing back that the server does not give free by itself. */
const stoppedInAppend: Fault = {
  row: 5,
  name: 'service stopped in an append',
  async inject({ stack }) {
    const program = stack.program('orders');
    const before = program.crashes().length;
    program.arm('stop-after-append');
    await eventually(
      () => {
        if (program.crashes().length === before) throw new Error('it goes on');
      },
      { timeout: 8000, every: 5 },
    );
    const from = performance.now();
    const free = await withDatabase(stack, 'orders', async sql => {
      await sql("set lock_timeout = '2s'");
      return sql('select from log.log_head for update').then(
        () => true,
        () => false,
      );
    });
    const ms = Math.round(performance.now() - from);
    await pause(3000);
    program.signal('SIGCONT');
    return { count: free ? 1 : 0, note: `another session had the log's head after ${ms} ms` };
  },
};

const outOfMemory: Fault = {
  row: 8,
  name: 'out of memory',
  async inject({ stack, random, history }) {
    const program = stack.program(random.of([...WRITERS, 'user-orders-query']));
    await program.hold('SIGTERM');
    program.nextOptions.push('--max-old-space-size=160');
    program.start();
    await stack.whenReady();
    const before = program.endings.length;
    program.tell({ hoard: true });
    await eventually(
      () => {
        if (program.endings.length === before) throw new Error(`${program.name} has room`);
      },
      { timeout: 20_000, every: 20 },
    );
    const inFlight = history.inFlight().length;
    const { code, signal } = program.endings.at(-1)!;
    const died = signal === 'SIGABRT' || code === 134;
    return { count: died ? 1 : 0, note: `${program.name} ended with ${signal ?? code}, ${inFlight} calls under way` };
  },
};

export const slowReaderFor = (seconds: number): Fault => ({
  row: 41,
  name: 'slow projection',
  async inject({ stack }) {
    const program = stack.program('user-orders-query');
    const before = program.crashes().length;
    program.tell({ slowMs: 500 });
    let behind = 0;
    for (let second = 0; second < seconds; second += 1) {
      await pause(1000);
      behind = Math.max(behind, (await metric(program, 'lag_events').catch(() => undefined)) ?? 0);
    }
    program.tell({ slowMs: 0 });
    const count = program.crashes().length - before;
    return { count, note: `${count} batches took half a second more; ${behind} events behind at most` };
  },
});

const twoLeaders: Fault = {
  row: 44,
  name: 'two leaders of one log',
  async inject({ stack }) {
    const second = await stack.addReplica('orders');
    try {
      await stack.whenReplicaReady(second);
      second.tell({ lead: true });
      const first = stack.program('orders');
      const published = (): Promise<(number | undefined)[]> =>
        Promise.all([first, second].map(one => metric(one, 'relay_published')));
      await eventually(
        async () => {
          for (const one of [first, second])
            if ((await metric(one, 'relay_leading')) !== 1) throw new Error('one of them does not lead');
        },
        { timeout: LEADS_MS, every: 100 },
      );
      const before = await published();
      await pause(6000);
      const after = await published();
      const [one, two] = after.map((n, i) => (n ?? 0) - (before[i] ?? 0)) as [number, number];
      return { count: Math.min(one, two), note: `they published ${one} and ${two} events at the same time` };
    } finally {
      await second.hold('SIGTERM');
    }
  },
};

const [DAY, MINUTE] = [86_400_000, 60_000];

/** Tokens to sign in live for a quarter of an hour, so writers stay within that; a reader may be a day off. */
const wrongClock: Fault = {
  row: 52,
  name: 'clocks that are wrong, and go back',
  async inject({ stack, random }) {
    const turns = random.below(2) === 0 ? [1, -1] : [-1, 1];
    for (const turn of turns) {
      stack.program('user-orders-query').tell({ clockMs: turn * DAY });
      for (const name of WRITERS) stack.program(name).tell({ clockMs: random.between(-4, 4) * MINUTE });
      await pause(4000);
    }
    for (const name of [...WRITERS, 'user-orders-query'] as const) stack.program(name).tell({ clockMs: 0 });
    return { count: turns.length, note: 'the reader a day, the writers up to 4 minutes off, both ways' };
  },
};

export const limitFaults = [stoppedInAppend, outOfMemory, slowReaderFor(8), twoLeaders, wrongClock];
