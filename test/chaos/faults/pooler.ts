/** A pooler in front of PostgreSQL that lends its sessions by the transaction: whoever starts behind one refuses to (row 45). */
import { readFileSync } from 'node:fs';
import { eventually, transactionPooler } from '@foldline/testing';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Fault } from './fault';
import { metric } from './processes';

const SERVICE = 'orders';
const ORDERS = ['last-first', 'in-turn'] as const;
/** One that does not refuse is ready by then, also where the machine is busy, and would try to lead. */
const [WITHIN_MS, LOOK_MS] = [90_000, 100];
const REFUSAL = 'a connection pooler in transaction mode';

/** What one more process of a service did behind a pooler: `refused`, or what else. */
async function startedBehind(order: (typeof ORDERS)[number], stack: ChaosStack): Promise<string> {
  const pooler = await transactionPooler(stack.serviceUrl(SERVICE), order);
  const logFile = stack.logFile(`${SERVICE}-behind-pooler-${order}`);
  const replica = await stack.addReplica(SERVICE, { env: { DATABASE_URL: pooler.url }, logFile });
  try {
    return await eventually(
      async () => {
        if ((await metric(replica, 'relay_leading').catch(() => undefined)) === 1) return 'led';
        if (await replica.isReady()) return 'was ready';
        const [ending] = replica.endings;
        if (!ending) throw new Error('it neither started nor ended');
        if (ending.code === 0) return 'ended as if nothing were wrong';
        return readFileSync(logFile, 'utf8').includes(REFUSAL) ? 'refused' : 'ended without a word of it';
      },
      { timeout: WITHIN_MS, every: LOOK_MS },
    ).catch((error: unknown) => (error as Error).message);
  } finally {
    await replica.hold();
    await pooler.close();
  }
}

export const pooled: Fault = {
  row: 45,
  name: 'started behind a pooler in transaction mode',
  async inject({ stack }) {
    const told: string[] = [];
    for (const order of ORDERS) told.push(`${order}: ${await startedBehind(order, stack)}`);
    const refused = told.filter(text => text.endsWith(': refused')).length;
    return { count: refused === ORDERS.length ? refused : 0, note: told.join(', ') };
  },
};
