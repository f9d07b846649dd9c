/** One run: a shop, a crowd, faults, rest, judgement. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './checks/commands';
import type { Evidence, Judgement } from './checks/evidence';
import { gather, glance, judgeEvidence, type Glance } from './checks/gather';
import { checkResources } from './checks/resources';
import { Sampler } from './checks/sampler';
import { checkSecrets } from './checks/secrets';
import { checkSums } from './checks/sums';
import { checkWire } from './checks/wire';
import { WireTap } from './checks/wire-tap';
import { loseTail } from './faults/broker';
import { FaultSchedule } from './faults/schedule';
import { Crowd } from './load/crowd';
import { History } from './load/history';
import { quietly } from './load/quietly';
import { Random } from './load/random';
import type { Options } from './options';
import { resolveOpen, type Resolution } from './resolve';
import { untilAtRest } from './rest';
import { ChaosStack } from './stack/chaos-stack';

/** How long a run goes on for its least number of commands. */
const PATIENCE_MS = 180_000;
/** Between two looks of a run that ends with what it sees. */
const GLANCE_MS = 1000;

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
  const ended = (evidence: Evidence, judgements: readonly Judgement[], resolution: Resolution): Outcome => {
    const seconds = Math.round((performance.now() - began) / 1000);
    return { options, evidence, judgements, resolution, seconds };
  };
  try {
    const random = new Random(seed);
    const tap = await WireTap.start(stack);
    const strange = new Set<string>();
    const sampler = new Sampler(stack, random.fork(), strange);
    const crowd = new Crowd(stack, history, random.fork(), options);
    const schedule = new FaultSchedule(faults, { stack, history, crowd, tap, strange, random: random.fork() }, say);
    const seen = () => ({ history, sampled: sampler, tapped: tap, fired: schedule.fired(), strange });
    await crowd.start();
    sampler.start();
    say(`${options.clients} clients, ${options.rate} calls a second, ${minutes} min`);
    const shown = await act(schedule, history, options, () => glance(stack, seen(), faults.length === 0));
    await crowd.stop();
    if (shown) {
      await sampler.stop();
      await tap.stop();
      return ended(shown.evidence, shown.judgements, NOTHING_OPEN);
    }
    say('clients have stopped; waiting for rest');
    stack.heal();
    // A shop that does not get well is judged by its logs as any other.
    const unwell = await stack.whenReady().then(
      () => [],
      (error: unknown) => [(error as Error).message],
    );
    if (faults.length > 0 && unwell.length === 0) await loseTail(stack, () => crowd.lastWords());
    const rest = await untilAtRest(stack, options.restMs);
    await sampler.stop();
    const resolution = await resolveOpen(stack, history);
    // Who did not come to rest before will not do so now.
    const last = rest.ms === undefined ? rest : await untilAtRest(stack, options.restMs);
    await tap.stop();
    say('at rest; checking');
    const behind = [...unwell, ...rest.behind, ...last.behind];
    const evidence = await gather(stack, { ...seen(), recoveredMs: rest.ms, behind, atRest: true });
    return ended(evidence, await judgeAll(evidence, resolution, options), resolution);
  } finally {
    history.close();
    await stack.remove(keep ? join(out, 'logs') : undefined);
  }
}

const NOTHING_OPEN: Resolution = { open: 0, repeated: 0, violations: [] };

/** Clients act and faults happen until the time is over, or until what the run is to end with has shown itself. */
async function act(
  schedule: FaultSchedule,
  history: History,
  { minutes, commands, endsWith = [] }: Options,
  look: () => Promise<Glance>,
): Promise<Glance | undefined> {
  const over = new AbortController();
  const end = performance.now() + minutes * 60_000;
  const acting = async (): Promise<void> => {
    await schedule.run(end, over.signal);
    await quietly(Math.max(0, end - performance.now()), over.signal);
    // Where the machine is busy that may be few: too few to show anything.
    const isFew = () => performance.now() < end + PATIENCE_MS && history.commands < commands;
    while (!over.signal.aborted && isFew()) await quietly(200, over.signal);
  };
  const watching = async (): Promise<Glance | undefined> => {
    while (!over.signal.aborted && endsWith.length > 0) {
      await quietly(GLANCE_MS, over.signal);
      // A database may be down at this moment: the next look is soon.
      const now = await look().catch(() => undefined);
      const judgements = now?.judgements.filter(({ id, violations }) => violations.length > 0 && endsWith.includes(id));
      if (!now || !judgements || judgements.length === 0) continue;
      over.abort();
      return { ...now, judgements };
    }
    return undefined;
  };
  const [shown] = await Promise.all([watching(), acting().finally(() => over.abort())]);
  return shown;
}

async function judgeAll(evidence: Evidence, { repeated, violations }: Resolution, options: Options) {
  const judgements = [
    ...judgeEvidence(evidence),
    judge('I17r', 'a repeat gets the first answer, another body 422', repeated, violations),
    await checkResources(evidence, options.clients),
    checkSecrets(evidence.stack),
    await checkSums(evidence),
    checkFaults(evidence, options),
    ...checkWithoutBroker(evidence),
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
function checkFaults(evidence: Evidence, { faults, commands: least }: Options): Judgement {
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
  if (commands.length < least)
    violations.push(`${commands.length} commands were sent, not ${least}: raise --rate or --minutes`);
  if (unknown.length > commands.length * 0.2)
    violations.push(`${unknown.length} of ${commands.length} commands got no definite answer: too many to prove much`);
  if (faults.length === 0 && unknown.length > 0)
    violations.push(`${unknown.length} commands got no definite answer although nothing was broken`);
  return judge('RUN', 'every fault fired, and most commands got a definite answer', commands.length, violations);
}
