/** A process that stands still around its commit to MongoDB while another one writes on, and then goes on where it was (row 55). */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { standingOf } from '../model/standing';
import { USER_ORDERS } from '../model/stored-rows';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Program } from '../stack/program';
import type { Fault } from './fault';

/** Before: what it commits was read long ago. After: the rows it puts into place are old, and others stand there. */
const POINTS = ['before-commit', 'after-commit'] as const;
const TIMES = 3;
/** On a busy machine; what is there sooner is not waited for. */
const WITHIN_MS = 20_000;
/** Events that others apply meanwhile, at least: among them what becomes of the same orders. */
const MEANWHILE = 6;

/** Events that the generation that serves has applied. */
async function applied(stack: ChaosStack): Promise<number> {
  const serving = (await standingOf(stack, USER_ORDERS)).find(one => one.serving);
  return Object.values(serving?.positions ?? {}).reduce((sum, position) => sum + position, 0);
}

const soon = (is: () => boolean | Promise<boolean>): Promise<boolean> =>
  eventually(
    async () => {
      if (!(await is())) throw new Error('not yet');
      return true;
    },
    { timeout: WITHIN_MS, every: 20 },
  ).catch(() => false);

/** False where nobody wrote meanwhile: then nothing was late. */
async function stoppedAt(point: string, replica: Program, stack: ChaosStack): Promise<boolean> {
  const before = replica.crashes().length;
  replica.arm(`stop-${point}`);
  const stopped = await soon(() => replica.crashes().length > before);
  if (!stopped) {
    replica.arm('none');
    return false;
  }
  const from = await applied(stack);
  const wentOn = await soon(async () => (await applied(stack)) >= from + MEANWHILE);
  replica.signal('SIGCONT');
  // Time for what was late to arrive.
  await pause(300);
  return wentOn;
}

export const lateWrites: Fault = {
  row: 55,
  name: 'late write to MongoDB',
  readStore: 'mongo',
  async inject({ stack }) {
    // Beside the one that answers: nobody calls it, so nobody waits for it.
    const replica = await stack.addReplica('user-orders-query');
    let count = 0;
    try {
      await stack.whenReplicaReady(replica);
      for (let times = 0; times < TIMES; times += 1)
        for (const point of POINTS) if (await stoppedAt(point, replica, stack)) count += 1;
    } finally {
      replica.signal('SIGCONT');
      await replica.hold('SIGTERM');
    }
    return {
      count,
      note: `stopped around its commit ${count} times, while another process applied ${MEANWHILE} events or more`,
    };
  },
};
