/** Puts together what a run leaves to be judged, at its end or at a moment on the way. */
import { settledOf } from '../load/history';
import { Logs } from '../model/log-events';
import { ShopModel } from '../model/shop-model';
import { PROJECTIONS, storedGenerations } from '../model/stored-rows';
import { LOGS, type ChaosStack } from '../stack/chaos-stack';
import { checkCommands } from './commands';
import type { Evidence, Judgement } from './evidence';
import { checkGenerations } from './generations';
import { checkLogs } from './log-laws';
import { checkPurchases } from './purchases';
import { checkReadModels } from './read-models';
import { checkReads } from './reads';
import { checkWire } from './wire';

/** What was watched while it went on; the rest of the evidence is read from the stores. */
export type Seen = Omit<Evidence, 'stack' | 'logs' | 'model' | 'generations' | 'stored'>;

/** Whatever was seen or stored by now is in the logs, which are read last. */
export async function gather(stack: ChaosStack, seen: Seen): Promise<Evidence> {
  const generations = (await Promise.all(PROJECTIONS.map(projection => storedGenerations(stack, projection)))).flat();
  const logs = new Logs(stack);
  await logs.catchUp();
  const model = new ShopModel(seen.strange);
  for (const log of LOGS) for (const event of logs.events[log]) model.apply(event);
  return { ...seen, stack, logs, model, generations, stored: generations.filter(({ serving }) => serving) };
}

/** What can be told from evidence of any moment. */
export const judgeEvidence = (evidence: Evidence): Judgement[] => [
  ...[checkCommands, checkLogs, checkPurchases, checkReadModels, checkReads].flatMap(check => check(evidence)),
  ...checkGenerations(evidence),
];

export interface Glance {
  readonly evidence: Evidence;
  readonly judgements: readonly Judgement[];
}

/**
 * While clients act: what cannot be mended by waiting. Only calls whose outcome is known are looked at, and nothing that another
 * program may be just about to do is missed. `unbroken`: no fault is tried, so nothing is published twice either.
 */
export async function glance(
  stack: ChaosStack,
  { history, sampled, tapped, ...seen }: Omit<Seen, 'recoveredMs' | 'behind' | 'atRest'>,
  unbroken: boolean,
): Promise<Glance> {
  const evidence = await gather(stack, {
    ...seen,
    history: { calls: settledOf(history.calls) },
    sampled: { ...sampled, differences: [...sampled.differences], heads: [...sampled.heads] },
    tapped: { ...tapped, events: [...tapped.events] },
    recoveredMs: undefined,
    behind: [],
    atRest: false,
  });
  return { evidence, judgements: [...judgeEvidence(evidence), ...(unbroken ? [checkWire(evidence)] : [])] };
}
