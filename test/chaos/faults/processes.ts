/** Processes killed, stopped and started again (rows 1-4, 6, 7, 10). */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { withDatabase } from '../model/log-events';
import type { ShopModel } from '../model/shop-model';
import type { Program, ProgramName } from '../stack/program';
import type { Effect, Fault, FaultScene } from './fault';

const WRITERS = ['users', 'products', 'orders'] as const;
const ARMED_MS = 8000;
/** A takeover takes a second or two; a busy machine is waited for. */
export const LEADS_MS = 60_000;

/** Arms one point after the other and waits until the process has died of each. */
async function crashAt(program: Program, points: readonly string[], scene: FaultScene): Promise<Effect> {
  let count = 0;
  let inFlight = 0;
  for (const point of points) {
    const before = program.crashes().length;
    program.arm(point);
    const fired = await eventually(
      () => {
        if (program.crashes().length === before) throw new Error('still alive');
        inFlight += scene.history.inFlight().length;
        return true;
      },
      { timeout: ARMED_MS, every: 5 },
    ).catch(() => false);
    if (fired) count += 1;
    // One that did not die must not die of it later.
    else program.arm('none');
    await scene.stack.whenReady();
    await pause(500);
  }
  return { count, note: `${program.name}: ${points.join(', ')}; ${inFlight} calls under way` };
}

const killedWriter: Fault = {
  row: 1,
  name: 'command service killed',
  async inject(scene) {
    const program = scene.stack.program(scene.random.of([...WRITERS, 'orders', 'orders']));
    const crashed = await crashAt(program, ['before-append', 'after-append'], scene);
    let inFlight = 0;
    for (let times = 0; times < 2; times += 1) {
      await pause(scene.random.between(200, 1500));
      inFlight += scene.history.inFlight().length;
      program.signal('SIGKILL');
      await pause(400);
      await scene.stack.whenReady();
    }
    return { count: crashed.count, note: `${crashed.note}; killed twice more with ${inFlight} under way` };
  },
};

const killedRelay: Fault = {
  row: 2,
  name: 'relay killed after publishing',
  inject: scene => crashAt(scene.stack.program(scene.random.of(['products', 'orders'])), ['after-publish'], scene),
};

export const killedProjectionAt = (...points: readonly string[]): Fault => ({
  row: 3,
  name: 'projection killed around its checkpoint',
  inject: scene => crashAt(scene.stack.program('user-orders-query'), points, scene),
});

/** Each step of the purchase dies before and after it writes; what it did not remember comes again. */
const killedSteps: Fault = {
  row: 49,
  name: 'steps of the purchase killed around their append',
  async inject(scene) {
    const effects: Effect[] = [];
    for (const name of ['products', 'orders'] as const)
      effects.push(await crashAt(scene.stack.program(name), ['before-step', 'after-step'], scene));
    return {
      count: effects.reduce((sum, { count }) => sum + count, 0),
      note: effects.map(({ note }) => note).join('; '),
      expects: compensated,
    };
  },
};

/** Orders that were refused and orders that were given back: without them nothing had to be undone. */
function compensated(model: ShopModel): string[] {
  const orders = [...model.orders.values()];
  const undone = orders.filter(({ rejected, cancelled }) => rejected ?? cancelled).length;
  return undone > 0 ? [] : ['no order was rejected or cancelled: nothing had to be undone'];
}

/** A stopped leader's socket stays alive, so its lock would never move: the server ends the session, as a failover would. */
const zombie: Fault = {
  row: 4,
  name: 'leader stopped, another leads, the first wakes up',
  async inject({ stack }) {
    const first = stack.program('orders');
    const second = await stack.addReplica('orders');
    try {
      await stack.whenReplicaReady(second);
      first.signal('SIGSTOP');
      await withDatabase(stack, 'orders', sql =>
        sql(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
          and database = (select oid from pg_database where datname = current_database())`),
      );
      const took = await eventually(
        async () => {
          if ((await metric(second, 'relay_leading')) !== 1) throw new Error('nobody leads');
          return true;
        },
        { timeout: LEADS_MS, every: 100 },
      ).catch(() => false);
      // The second replica has no callers: what was appended before the stop is what it publishes, and its own steps'.
      await pause(3000);
      first.signal('SIGCONT');
      await pause(4000);
      const published = await metric(second, 'relay_published');
      return { count: took ? 1 : 0, note: `the second replica led and published ${published}` };
    } finally {
      first.signal('SIGCONT');
      await second.hold('SIGTERM');
    }
  },
};

const paused: Fault = {
  row: 6,
  name: 'projection stopped past its acknowledgement time',
  async inject({ stack, random }) {
    const program = stack.program(random.of(['user-orders-query', 'products', 'orders'] as const));
    program.signal('SIGSTOP');
    await pause(12_000);
    program.signal('SIGCONT');
    return { count: 1, note: `${program.name} stood still for 12 s` };
  },
};

const rolling: Fault = {
  row: 7,
  name: 'every service restarted in turn',
  async inject({ stack }) {
    const names: ProgramName[] = ['users', 'products', 'orders', 'user-orders-query'];
    let clean = 0;
    for (const name of names) {
      const program = stack.program(name);
      await program.hold('SIGTERM');
      if (program.endings.at(-1)?.code === 0) clean += 1;
      program.start();
      await stack.whenReady();
    }
    if (clean < names.length) throw new Error(`only ${clean} of ${names.length} ended cleanly`);
    return { count: clean, note: 'ended cleanly with 0, one after the other' };
  },
};

const strobe: Fault = {
  row: 10,
  name: 'event loop stopped and started in short turns',
  async inject({ stack, random }) {
    const program = stack.program(random.of(WRITERS));
    for (let turn = 0; turn < 20; turn += 1) {
      program.signal('SIGSTOP');
      await pause(400);
      program.signal('SIGCONT');
      await pause(100);
    }
    return { count: 20, note: `${program.name} had a fifth of the time for 10 s` };
  },
};

/** Value of a metric of a program; undefined where it has none. */
export async function metric(program: Program, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${program.url}/metrics`, { signal: AbortSignal.timeout(2000) })).text();
  const line = text
    .split('\n')
    .find(each => new RegExp(`(^|_)${name}(\\{[^}]*\\})? `).test(each) && !each.startsWith('#'));
  return line ? Number(line.split(' ').at(-1)) : undefined;
}

export const processFaults = [
  killedWriter,
  killedRelay,
  killedProjectionAt('before-rows', 'after-rows', 'after-commit', 'before-ack'),
  killedSteps,
  zombie,
  paused,
  rolling,
  strobe,
];
