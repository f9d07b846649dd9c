/** Old and new code at once, and the new code taken back (row 57): what the old code does not know it sets aside, and both write one log. */
import { join } from 'node:path';
import { eventually } from '@foldline/testing';
import { judge } from '../checks/commands';
import { History, outcomeOf, type Call } from '../load/history';
import { Logs, withDatabase } from '../model/log-events';
import { parkedNow } from '../model/set-aside';
import { ShopModel } from '../model/shop-model';
import { differences, storedGenerations, USER_ORDERS } from '../model/stored-rows';
import { withMutants } from '../mutants/mutated-sources';
import { untilAtRest } from '../rest';
import { ChaosStack, LOGS } from '../stack/chaos-stack';
import type { Program } from '../stack/program';
import type { Scenario } from './scenario';
import { stocked } from './stocked';

/** The shop before cancellations said what is given back: the code of a version ago, which knows version 1 alone and writes it. */
export const OLD = {
  edits: [
    {
      file: 'libs/contracts/src/events/order.events.ts',
      find: `  OrderCancelled: [
    OrderCancelledV1,
    { data: OrderCancelledV2, upcast: (before: OrderCancelledV1) => ({ ...before, refund: before.total }) },
  ],`,
      put: '  OrderCancelled: [OrderCancelledV1],',
    },
    {
      file: 'apps/orders/src/domain/order.decide.ts',
      find: '{ ...linesOf(order), refund: order.total }',
      put: 'linesOf(order)',
    },
  ],
  builds: ['orders', 'user-orders-query'],
};
const CANCELLED = 8;
const WITHIN_MS = 180_000;

export const skewed: Scenario = {
  row: 57,
  name: 'old and new code at once, then back',
  async play({ dist, out, say, readStore, databases, restMs }) {
    say('row 57: a shop of its own, some of whose programs are of a version ago');
    return withMutants([OLD], dist, async distOf => {
      const old = await distOf(OLD);
      const stack = await ChaosStack.start({ dist, say, readStore, ...databases });
      const history = new History(join(out, 'skewed.jsonl'));
      try {
        return await playOn(stack, history, old, restMs);
      } finally {
        history.close();
        await stack.remove();
      }
    });
  },
};

async function playOn(stack: ChaosStack, history: History, old: string, restMs: number) {
  const violations: string[] = [];
  const { buyer, place } = await stocked(stack, history);
  const cancel = (id: string): Promise<Call> =>
    buyer.call({
      operation: 'cancel',
      method: 'POST',
      route: '/orders/:id/cancellation',
      path: `/orders/${id}/cancellation`,
    });
  const atRest = async (when: string): Promise<void> => {
    const { behind } = await untilAtRest(stack, restMs);
    violations.push(...behind.map(what => `${when}: ${what}`));
  };
  const orders = await place(4 * CANCELLED);
  const [first, second] = [orders.slice(0, CANCELLED), orders.slice(CANCELLED, 2 * CANCELLED)];
  await atRest('before');

  // A deployment that begins with the writer: its readers are of a version ago.
  const query = stack.program('user-orders-query');
  await runFrom(query, old);
  for (const id of first) wanted(await cancel(id), 'ok', violations);
  await place(CANCELLED);
  await atRest('with an old reader');
  const aside = (await parkedNow(stack)).filter(({ log }) => log === 'orders').map(({ key }) => key);
  const skipped = first.filter(id => !aside.some(key => key.includes(id)));
  violations.push(...skipped.map(id => `the old reader went past the cancellation of ${id}, and did not set it aside`));
  await runFrom(query, query.settings.dist);
  const redriven = await stack.replay.run('redrive', '--all');
  if (redriven.code !== 0) violations.push(`redrive ended with ${redriven.code}: ${redriven.err.slice(-300)}`);

  // And taken back where it wrote already: what the old writer cannot read it must not decide about.
  const writer = stack.program('orders');
  await runFrom(writer, old);
  for (const id of second) wanted(await cancel(id), 'ok', violations);
  await place(CANCELLED);
  for (const id of first.slice(0, 2)) wanted(await cancel(id), 'unknown', violations);
  await runFrom(writer, writer.settings.dist);
  await atRest('at the end');

  const written = await versions(stack);
  if (written.length !== 2) violations.push(`cancellations are of the versions ${written.join(', ')} alone`);
  violations.push(...(await wrongRows(stack)));
  const title =
    'code of a version ago sets aside what it does not know; old and new write one log, and all of it is applied';
  return judge('F57', title, aside.length + second.length, violations);
}

/** Ends it in good order and starts it again, from other programs. */
async function runFrom(program: Program, dist: string): Promise<void> {
  await program.hold('SIGTERM');
  program.dist = dist;
  program.start();
  await eventually(
    async () => {
      if (!(await program.isReady())) throw new Error(`${program.name} is not ready`);
    },
    { timeout: WITHIN_MS, every: 100 },
  );
}

function wanted(call: Call, verdict: 'ok' | 'unknown', violations: string[]): void {
  const is = outcomeOf(call);
  if (is.verdict !== verdict) violations.push(`${call.path} was answered ${is.status} ${is.code ?? ''}`);
}

const versions = async (stack: ChaosStack): Promise<number[]> =>
  withDatabase(stack, 'orders', async sql =>
    (
      await sql<{ schema: number }>(
        `select distinct schema_version::int as schema from log.events where type = 'OrderCancelled' order by 1`,
      )
    ).map(({ schema }) => schema),
  );

/** What the read model holds against what the logs make, and what is still set aside. */
async function wrongRows(stack: ChaosStack): Promise<string[]> {
  const generations = await storedGenerations(stack, USER_ORDERS);
  const [logs, model] = [new Logs(stack), new ShopModel()];
  await logs.catchUp();
  for (const log of LOGS) for (const event of logs.events[log]) model.apply(event);
  const wrong = generations.flatMap(stored => [
    ...differences(stored, model).found,
    ...stored.parked.map(({ log, position, reason }) => `${log} ${position} is still set aside: ${reason}`),
  ]);
  return [...model.impossible, ...wrong];
}
