/** A broker of three nodes: one killed, the leader killed, all killed and one wiped (rows 28, 29 with `--brokers 3`). */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { placeOf } from '../stack/broker';
import type { ChaosStack } from '../stack/chaos-stack';
import { STREAMS, withBroker } from '../stack/broker-session';
import type { Fault } from './fault';

const DOWN_MS = 5000;
const LONGEST_MS = 60_000;

/** Who leads the stream, and how far it is, as the nodes that are left tell. */
const standing = (stack: ChaosStack, stream: string) =>
  withBroker(stack, async (_, manager) => {
    const { cluster, state } = await manager.streams.info(stream);
    if (!cluster?.leader) throw new Error(`${stream} has no leader`);
    return { leader: cluster.leader, last: state.last_seq, replicas: cluster.replicas ?? [] };
  });

const soon = <T>(look: () => Promise<T>): Promise<T> => eventually(look, { timeout: LONGEST_MS, every: 200 });

/** Resolves when every stream has three copies that are level. */
const whole = (stack: ChaosStack): Promise<void> =>
  soon(async () => {
    for (const stream of STREAMS) {
      const { replicas } = await standing(stack, stream);
      if (replicas.length !== 2 || replicas.some(({ current, offline }) => !current || offline))
        throw new Error(`${stream} has not three level copies`);
    }
  });

/** Counts only if the streams went on without the node: they took events while it was down. */
async function killNode(stack: ChaosStack, place: number): Promise<{ grown: number; leaders: string[] }> {
  const node = stack.brokers[place]!;
  node.kill('SIGKILL');
  await node.stop();
  try {
    const before = await soon(() => standing(stack, 'ORDERS'));
    await pause(DOWN_MS);
    const after = await soon(() => standing(stack, 'ORDERS'));
    return { grown: after.last - before.last, leaders: [before.leader, after.leader] };
  } finally {
    await node.start();
    await whole(stack);
  }
}

const nodeKilled: Fault = {
  row: 28,
  name: 'one node of three killed',
  async inject({ stack, random }) {
    await whole(stack);
    const place = random.below(stack.brokers.length);
    const { grown } = await killNode(stack, place);
    return { count: grown > 0 ? 1 : 0, note: `node ${place}; ${grown} events of orders stored meanwhile` };
  },
};

const leaderKilled: Fault = {
  row: 28,
  name: 'the leading node of a stream killed',
  async inject({ stack }) {
    await whole(stack);
    const { leader } = await standing(stack, 'ORDERS');
    const { grown, leaders } = await killNode(stack, placeOf(leader));
    const took = leaders.every(other => other !== leader) && grown > 0;
    return { count: took ? 1 : 0, note: `${leader}, then ${leaders[1]} led and stored ${grown} events` };
  },
};

const allKilled: Fault = {
  row: 29,
  name: 'all three nodes killed, and one wiped',
  async inject({ stack, random }) {
    await whole(stack);
    const wiped = random.below(stack.brokers.length);
    for (const node of stack.brokers) node.kill('SIGKILL');
    await Promise.all(stack.brokers.map(node => node.stop()));
    rmSync(stack.brokers[wiped]!.dataDir, { recursive: true, force: true });
    await pause(DOWN_MS);
    await Promise.all(stack.brokers.map(node => node.start()));
    await whole(stack);
    return { count: 1, note: `node ${wiped} was wiped, and has all copies again`, brokerDown: true };
  },
};

export const clusterFaults = [nodeKilled, leaderKilled, allKilled];
