/** A source restored from an older copy, which then grows past where it was: readers must halt, not believe it (row 20). */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { judge } from '../checks/commands';
import { History } from '../load/history';
import { canonical } from '../model/alike';
import { withDatabase } from '../model/log-events';
import { PROJECTIONS, storedModel } from '../model/stored-rows';
import { untilAtRest } from '../rest';
import { ChaosStack } from '../stack/chaos-stack';
import type { Scenario } from './scenario';
import { stocked } from './stocked';

const [BEFORE, LOST] = [30, 60];
const READERS = ['user-orders-query', 'products'] as const;
/** How long readers have nothing but messages. */
const DEAF_MS = 2500;
const HALT_MS = 30_000;

/** `grown`: events after it, more than were lost. */
export const restoredAnd = (grown: number): Scenario => ({
  row: 20,
  name: 'source restored from an older copy',
  async play({ dist, out, say, readStore, databases, restMs }) {
    say('row 20: a shop of its own, whose orders are restored from an older copy');
    const stack = await ChaosStack.start({ dist, say, readStore, ...databases });
    const history = new History(join(out, 'restored.jsonl'));
    try {
      return await playOn(stack, history, grown, Math.min(restMs, HALT_MS));
    } finally {
      history.close();
      await stack.remove();
    }
  },
});

export const restored = restoredAnd(1000);

async function playOn(stack: ChaosStack, history: History, more: number, haltMs: number) {
  const shopper = await stocked(stack, history);
  const position = (): Promise<number> =>
    withDatabase(
      stack,
      'orders',
      async sql => (await sql<{ position: number }>('select position::int from log.log_head'))[0]!.position,
    );
  await shopper.place(BEFORE);
  await untilAtRest(stack, 30_000);
  await copyOrders(stack, sql => sql('create database orders_before template foldline_orders'));
  await shopper.place(LOST);
  await untilAtRest(stack, 30_000);
  const reached = await position();
  const shown = await queryRows(stack);
  // They stand still until the log has grown past where they were: the next position that they want is there by then.
  for (const name of READERS) stack.program(name).signal('SIGSTOP');
  await copyOrders(stack, async sql => {
    await sql('drop database foldline_orders with (force)');
    await sql('alter database orders_before rename to foldline_orders');
  });
  const back = await position();
  await shopper.place(more);
  const grown = await position();
  // Messages reach them, and questions about the head do not reach the owner: the hard case, in every run.
  const link = stack.toNats.get('orders')!;
  link.blackHole('toClient');
  for (const name of READERS) stack.program(name).signal('SIGCONT');
  await pause(DEAF_MS);
  link.heal();
  link.reset();
  const violations: string[] = [];
  if (!(back < reached && grown > reached))
    violations.push(`the log went from ${reached} back to ${back} and on to ${grown}: the easy case only`);
  const halts = async (name: (typeof READERS)[number]): Promise<void> => {
    const { status, text } = await trouble(stack.program(name).url);
    if (status === 200 || !/orders/.test(text)) throw new Error(`${name} says ${status} ${text.slice(0, 300)}`);
  };
  await Promise.all(
    READERS.map(name =>
      eventually(() => halts(name), { timeout: haltMs, every: 200 }).catch((error: unknown) =>
        violations.push((error as Error).message),
      ),
    ),
  );
  if ((await queryRows(stack)) !== shown)
    violations.push('the read model took events of the restored log for those it knew');
  return judge('F20', 'a log that was set back is not believed: its readers halt and say so', grown, violations);
}

async function queryRows(stack: ChaosStack): Promise<string> {
  const stored = await storedModel(stack, PROJECTIONS[0]!);
  return canonical([...(stored?.rows.orders ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))!;
}

async function trouble(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) });
  return { status: response.status, text: await response.text() };
}

/** With the service down, as a restore demands. */
async function copyOrders(stack: ChaosStack, work: (sql: (text: string) => Promise<unknown>) => Promise<unknown>) {
  const orders = stack.program('orders');
  await orders.hold('SIGTERM');
  await withDatabase(stack, 'users', async sql => {
    await sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname in ('foldline_orders', 'orders_before')`,
    );
    await work(sql);
  });
  orders.start();
  await eventually(
    async () => {
      if (!(await orders.isReady())) throw new Error('orders is not ready');
    },
    { timeout: 90_000, every: 100 },
  );
}
