/** Replay beside a shop in use: a rebuild killed half-way, two at once, a switch and a way back while the target stands still (row 48). */
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabase } from '../model/log-events';
import { mongoOf, standingOf, type Standing } from '../model/standing';
import { heldStill } from '../model/stored-documents';
import { USER_ORDERS as MODEL } from '../model/stored-rows';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Ran } from '../stack/replay-tool';
import type { Fault } from './fault';
import { SwitchWatch } from './switch-watch';

const PROJECTION = MODEL.name;
/** How long a throttled rebuild would take, so that there is a middle to be killed in, also where the machine is busy. */
const REBUILD_SECONDS = 60;
const HELD_MS = 2500;
/** What is built is taken over by a running service within a second; a busy machine has more time. */
const LEVEL_MS = 30_000;
/** Events that the target of a switch is behind at least: a fence that stands open then shows less than before. */
const BEHIND = 10;
const [DONE, TAKEN] = [0, 3];

export const replayedWith = ({ kill }: { readonly kill: boolean }): Fault => ({
  row: 48,
  name: 'rebuilt, switched and rolled back under load',
  async inject({ stack }) {
    const violations: string[] = [];
    let count = 0;
    const expect = (what: string, { code, out, err }: Ran, wanted = DONE): boolean => {
      if (code === wanted) return true;
      violations.push(`${what} ended with ${code}: ${`${out}${err}`.trim().slice(-400)}`);
      return false;
    };
    const { replay } = stack;
    for (const { generation, serving } of await generations(stack))
      if (!serving) expect('drop', await replay.run('drop', PROJECTION, String(generation), '--yes'));
    const watch = new SwitchWatch(stack, MODEL);
    watch.start();
    try {
      const ended = kill ? await killHalfWay(stack, expect) : undefined;
      if (ended)
        return { count: 0, note: `the rebuild to be killed ended with ${ended.code}: ${ended.err.slice(-300)}` };
      if (expect('rebuild', await replay.run('rebuild', PROJECTION))) {
        count += 1;
        violations.push(...(await notKeptCurrent(stack)));
        for (const verb of ['switch', 'rollback'] as const) {
          // What is known to be wrong would only be waited for, here and below.
          if (violations.length > 0) break;
          if (expect(verb, await whileTargetStands(stack, () => replay.run(verb, PROJECTION)))) count += 1;
        }
      }
      for (const { generation } of await generations(stack)) {
        if (violations.length > 0) break;
        expect('verify', await replay.run('verify', PROJECTION, '--generation', String(generation)));
      }
    } finally {
      await watch.stop();
    }
    violations.push(...watch.violations);
    const note = `built once${kill ? ', killed once, refused once' : ''}; ${watch.moves} switches in ${watch.looks} looks`;
    return { count, note, replay: { looked: watch.looks, violations } };
  },
});

const generations = (stack: ChaosStack): Promise<readonly Standing[]> => standingOf(stack, MODEL);

async function applied(stack: ChaosStack, generation: number): Promise<number> {
  const found = (await generations(stack)).find(one => one.generation === generation);
  return Object.values(found?.positions ?? {}).reduce((sum, position) => sum + position, 0);
}

/** Generations that do not come as far as the one that serves has come by now, with nobody in their way. */
async function notKeptCurrent(stack: ChaosStack): Promise<string[]> {
  const there = await generations(stack);
  const wanted = await applied(stack, there.find(({ serving }) => serving)!.generation);
  const late: string[] = [];
  for (const { generation, serving } of there) {
    if (serving) continue;
    let reached = 0;
    for (const end = performance.now() + LEVEL_MS; performance.now() < end; await pause(100))
      if ((reached = await applied(stack, generation)) >= wanted) break;
    if (reached < wanted) late.push(`generation ${generation} was not kept current: ${reached} of ${wanted} events`);
  }
  return late;
}

/** A rebuild that is slow on purpose, a second one beside it that must be refused, and the end of the first by force; gives the first where it ended before that. */
async function killHalfWay(
  stack: ChaosStack,
  expect: (what: string, ran: Ran, wanted?: number) => boolean,
): Promise<Ran | undefined> {
  const [serving] = (await generations(stack)).filter(one => one.serving);
  const events = await applied(stack, serving!.generation);
  const throttle = String(Math.max(1, Math.floor(events / REBUILD_SECONDS)));
  const { child, ended } = stack.replay.start('rebuild', PROJECTION, '--throttle', throttle);
  let over = false;
  void ended.then(() => (over = true));
  while (!over && (await generations(stack)).length < 2) await pause(50);
  if (!over) expect('a second rebuild', await stack.replay.run('rebuild', PROJECTION), TAKEN);
  child.kill('SIGKILL');
  const ran = await ended;
  return ran.code === null ? undefined : ran;
}

/** Nobody can write to the target for a while, so that it falls behind what serves: the switch has to wait for it. */
async function whileTargetStands<T>(stack: ChaosStack, work: () => Promise<T>): Promise<T> {
  const there = await generations(stack);
  const [target, serving] = [there.find(one => !one.serving)!, there.find(one => one.serving)!];
  let working: Promise<T> | undefined;
  await standingStill(stack, target, async () => {
    const from = await applied(stack, target.generation);
    for (const end = performance.now() + 10_000; performance.now() < end; await pause(50))
      if ((await applied(stack, serving.generation)) >= from + BEHIND) break;
    working = work();
    await pause(HELD_MS);
  });
  return working!;
}

function standingStill(stack: ChaosStack, { generation }: Standing, work: () => Promise<void>): Promise<void> {
  const mongo = mongoOf(stack, MODEL);
  if (mongo) return heldStill(mongo, `${PROJECTION}_g${generation}`, work);
  return withDatabase(stack, 'query', async sql => {
    await sql('begin');
    const tables = Object.keys(MODEL.tables).map(table => `read.${table}_g${generation}`);
    await sql(`lock table ${tables.join(', ')} in share mode`);
    await work();
    await sql('commit');
  });
}
