/** One run: a shop, a crowd, faults, rest, judgement. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkCommands, judge } from './checks/commands';
import type { Evidence, Judgement } from './checks/evidence';
import { checkGenerations } from './checks/generations';
import { checkLogs } from './checks/log-laws';
import { checkPurchases } from './checks/purchases';
import { checkReadModels } from './checks/read-models';
import { checkReads } from './checks/reads';
import { checkResources } from './checks/resources';
import { Sampler } from './checks/sampler';
import { checkSums } from './checks/sums';
import { checkWire } from './checks/wire';
import { WireTap } from './checks/wire-tap';
import { loseTail } from './faults/broker';
import { FaultSchedule } from './faults/schedule';
import type { Fired } from './faults/fault';
import { Crowd } from './load/crowd';
import { History } from './load/history';
import { Random } from './load/random';
import { Logs } from './model/log-events';
import { ShopModel } from './model/shop-model';
import { PROJECTIONS, storedGenerations } from './model/stored-rows';
import type { Options } from './options';
import { resolveOpen, type Resolution } from './resolve';
import { untilAtRest } from './rest';
import { ChaosStack, LOGS } from './stack/chaos-stack';

/** How long a run goes on for its least number of calls. */
const PATIENCE_MS = 60_000;

export interface Outcome {
  readonly options: Options;
  readonly evidence: Evidence;
  readonly judgements: readonly Judgement[];
  readonly resolution: Resolution;
  readonly seconds: number;
}

export async function runOnce(options: Options, say: (line: string) => void): Promise<Outcome> {
  const { seed, minutes, out, dist, faults, keep, readStore, brokers, databases } = options;
  const began = performance.now();
  mkdirSync(out, { recursive: true });
  say(`seed ${seed}: starting the shop`);
  const stack = await ChaosStack.start({ dist, say, readStore, brokers, ...databases });
  if (stack.mongo) say(`the read model is on MongoDB (${stack.mongo.kind})`);
  const history = new History(join(out, 'history.jsonl'));
  try {
    const random = new Random(seed);
    const tap = await WireTap.start(stack);
    const strange = new Set<string>();
    const sampler = new Sampler(stack, random.fork(), strange);
    const crowd = new Crowd(stack, history, random.fork(), options);
    const schedule = new FaultSchedule(faults, { stack, history, crowd, tap, strange, random: random.fork() }, say);
    await crowd.start();
    sampler.start();
    say(`${options.clients} clients, ${options.rate} calls a second, ${minutes} min`);
    const end = performance.now() + minutes * 60_000;
    await schedule.run(end);
    await pause(Math.max(0, end - performance.now()));
    // Where the machine is busy that may be few calls: too few to show anything.
    for (const last = end + PATIENCE_MS; performance.now() < last && history.calls.length < (options.leastCalls ?? 0);)
      await pause(200);
    await crowd.stop();
    say('clients have stopped; waiting for rest');
    stack.heal();
    await stack.whenReady();
    if (faults.length > 0) await loseTail(stack, () => crowd.lastWords());
    const rest = await untilAtRest(stack, options.restMs);
    await sampler.stop();
    const resolution = await resolveOpen(stack, history);
    // Who did not come to rest before will not do so now.
    const last = rest.ms === undefined ? rest : await untilAtRest(stack, options.restMs);
    await tap.stop();
    say('at rest; checking');
    const evidence = await gather(stack, history, {
      sampled: sampler,
      tapped: tap,
      fired: schedule.fired(),
      strange,
      rest,
      last,
    });
    const judgements = await judgeAll(evidence, resolution, options);
    return { options, evidence, judgements, resolution, seconds: Math.round((performance.now() - began) / 1000) };
  } finally {
    history.close();
    await stack.remove(keep);
  }
}

type Rest = Awaited<ReturnType<typeof untilAtRest>>;

async function gather(
  stack: ChaosStack,
  history: History,
  seen: {
    sampled: Sampler;
    tapped: WireTap;
    fired: readonly Fired[];
    strange: ReadonlySet<string>;
    rest: Rest;
    last: Rest;
  },
): Promise<Evidence> {
  const logs = new Logs(stack);
  await logs.catchUp();
  const model = new ShopModel(seen.strange);
  for (const log of LOGS) for (const event of logs.events[log]) model.apply(event);
  const generations = (await Promise.all(PROJECTIONS.map(projection => storedGenerations(stack, projection)))).flat();
  const stored = generations.filter(({ serving }) => serving);
  const { sampled, tapped, fired, strange, rest, last } = seen;
  const behind = [...rest.behind, ...last.behind];
  return {
    stack,
    history,
    logs,
    model,
    stored,
    generations,
    sampled,
    tapped,
    fired,
    strange,
    recoveredMs: rest.ms,
    behind,
  };
}

async function judgeAll(evidence: Evidence, { repeated, violations }: Resolution, options: Options) {
  const judgements = [
    ...[checkCommands, checkLogs, checkPurchases, checkReadModels, checkReads].flatMap(check => check(evidence)),
    judge('I17r', 'a repeat gets the first answer, another body 422', repeated, violations),
    await checkResources(evidence),
    await checkSums(evidence),
    checkFaults(evidence, options),
    ...checkWithoutBroker(evidence),
    ...checkGenerations(evidence),
    ...(options.faults.length === 0 ? [checkWire(evidence)] : []),
  ];
  return judgements;
}

/** Only where a run took the broker away. */
function checkWithoutBroker({ fired }: Evidence): Judgement[] {
  const times = fired.filter(({ brokerDown }) => brokerDown);
  if (times.length === 0) return [];
  const violations = times.flatMap(({ row, ok, unknown }) =>
    ok === 0 || unknown > 0 ? [`row ${row}: ${ok} commands succeeded, ${unknown} were left open`] : [],
  );
  const looked = times.reduce((sum, { ok }) => sum + ok, 0);
  return [judge('I23', 'commands succeed while the broker is down', looked, violations)];
}

/** A fault that did not happen proves nothing, and a run in which most is refused or open neither. */
function checkFaults(evidence: Evidence, { faults }: Options): Judgement {
  const { fired, history } = evidence;
  const violations = fired.flatMap(({ row, expects }) =>
    (expects?.(evidence.model) ?? []).map(text => `row ${row}: ${text}`),
  );
  violations.push(
    ...faults.flatMap(({ row, name }) => {
      const times = fired.filter(one => one.row === row && one.name === name);
      return times.some(({ count }) => count > 0) ? [] : [`row ${row} (${name}) never fired`];
    }),
  );
  const commands = history.calls.filter(({ key }) => key !== undefined);
  const unknown = commands.filter(({ attempts }) =>
    attempts.every(({ answer }) => answer?.verdict !== 'ok' && answer?.verdict !== 'fail'),
  );
  if (unknown.length > commands.length * 0.2)
    violations.push(`${unknown.length} of ${commands.length} commands got no definite answer: too many to prove much`);
  if (faults.length === 0 && unknown.length > 0)
    violations.push(`${unknown.length} commands got no definite answer although nothing was broken`);
  return judge('RUN', 'every fault fired, and most commands got a definite answer', commands.length, violations);
}
