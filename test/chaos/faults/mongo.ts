/** What the store of the read model goes through where that is MongoDB, as far as one server permits (row 55). */
import { setTimeout as pause } from 'node:timers/promises';
import { standingOf } from '../model/standing';
import { USER_ORDERS } from '../model/stored-rows';
import type { ChaosMongo } from '../stack/chaos-mongo';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Fault } from './fault';
import { lateWrites } from './late-writes';

const KILLS = 3;
/** The stand-in writes to its file once a second: a kill right after its start would take everything. */
const WRITTEN_MS = 2500;

function mongoOf({ mongo }: ChaosStack): ChaosMongo {
  if (!mongo) throw new Error('the read model is not on MongoDB');
  return mongo;
}

/** Events that the generations which may serve have applied, all together. */
async function applied(stack: ChaosStack): Promise<number> {
  const standing = await standingOf(stack, USER_ORDERS);
  return standing.flatMap(({ positions }) => Object.values(positions)).reduce((sum, position) => sum + position, 0);
}

const killed: Fault = {
  row: 55,
  name: 'MongoDB killed',
  readStore: 'mongo',
  async inject({ stack, random }) {
    const { server, kind } = mongoOf(stack);
    if (!server || kind === 'docker') throw new Error('only a server that runs as a process of ours can be killed');
    let lost = 0;
    for (let times = 0; times < KILLS; times += 1) {
      await pause(WRITTEN_MS + random.between(0, 1500));
      const before = await applied(stack);
      server.kill('SIGKILL');
      await server.stop();
      // Nobody may write before it was asked what it has kept.
      const { proxy } = mongoOf(stack);
      proxy.refuse();
      await pause(random.between(100, 1500));
      await server.start();
      lost += Math.max(0, before - (await applied(stack)));
      proxy.heal();
      await stack.whenReady();
    }
    return { count: KILLS, note: `${KILLS} times; it forgot that ${lost} events were applied` };
  },
};

const cut: Fault = {
  row: 55,
  name: 'link to MongoDB reset',
  readStore: 'mongo',
  async inject({ stack, random }) {
    const { proxy } = mongoOf(stack);
    const before = proxy.fired;
    for (let times = 0; times < 12; times += 1) {
      proxy.reset();
      await pause(random.between(50, 700));
    }
    return { count: proxy.fired - before, note: `${proxy.fired - before} connections` };
  },
};

const swallowed: Fault = {
  row: 55,
  name: "MongoDB's answer to a commit swallowed",
  readStore: 'mongo',
  async inject({ stack, random }) {
    const { proxy } = mongoOf(stack);
    const before = proxy.fired;
    proxy.swallowReplyTo('checkpoints.', random.between(3, 8));
    await pause(5000);
    proxy.heal();
    return { count: proxy.fired - before, note: `${proxy.fired - before} answers lost after the server had the write` };
  },
};

const silent: Fault = {
  row: 55,
  name: 'half-open link to MongoDB',
  readStore: 'mongo',
  async inject({ stack, random }) {
    const { proxy } = mongoOf(stack);
    const before = proxy.fired;
    const way = random.of(['both', 'toServer', 'toClient'] as const);
    proxy.blackHole(way);
    await pause(random.between(6000, 9000));
    proxy.heal();
    // What lay in the hole is out of step for ever: such connections are dead, as after a partition of hours.
    proxy.reset();
    return { count: proxy.fired - before, note: way };
  },
};

/** A server of somebody else's is not killed. */
export const mongoFaults: readonly Fault[] = [
  ...(process.env.MONGO_URL ? [] : [killed]),
  cut,
  swallowed,
  silent,
  lateWrites,
];
