/** Stored read models against the fold of the logs, at rest and at the moments sampled on the way (I8-I10, I21). */
import { differences, vectorOf } from '../model/stored-rows';
import { judge } from './commands';
import type { Check, Evidence, Judgement } from './evidence';

const RECOVERY_MS = 30_000;

function rows({ stored, model, sampled, atRest }: Evidence): Judgement[] {
  const violations = [...sampled.differences];
  const sums: string[] = [];
  let looked = sampled.compared;
  for (const one of stored) {
    const { compared, found } = differences(one, model);
    looked += compared;
    violations.push(...found.map(difference => `at rest: ${difference}`));
    for (const log of one.projection.logs) {
      const checkpoint = one.checkpoints[log];
      if (atRest && !checkpoint) violations.push(`${one.projection.name} never began with ${log}`);
    }
  }
  const query = stored.find(({ projection }) => projection.name === 'user-orders');
  const total = (column: string): number =>
    [...(query?.rows.purchases?.values() ?? [])].reduce((sum, row) => sum + Number(row[column]), 0);
  const { orders } = query ? vectorOf(query) : { orders: 0 };
  let [quantity, spent, lines] = [0, 0, 0];
  for (const { lines: items, confirmed, cancelled } of model.orders.values()) {
    if (!confirmed || confirmed.position > orders || (cancelled && cancelled.position <= orders)) continue;
    for (const line of items) {
      quantity += line.quantity;
      spent += line.quantity * line.unitPrice;
      lines += 1;
    }
  }
  for (const [column, is] of Object.entries({ quantity, spent, order_count: lines }))
    if (total(column) !== is) sums.push(`purchases add up to ${total(column)} in ${column}, the logs to ${is}`);
  return [
    judge('I8', 'read models are the fold of the logs, at rest and on the way', looked, violations),
    judge('I9', 'sums and counts are exact: nothing is applied twice', lines, sums),
  ];
}

function recovery({ recoveredMs, behind, stored }: Evidence): Judgement {
  const violations = [...behind];
  if (recoveredMs === undefined || recoveredMs > RECOVERY_MS)
    violations.push(
      `after the last heal it took ${recoveredMs === undefined ? 'too long' : `${recoveredMs} ms`} to catch up`,
    );
  return judge(
    'I10',
    `every reader is at the head within ${RECOVERY_MS / 1000} s of the last heal`,
    stored.length,
    violations,
  );
}

function parked({ stored, strange }: Evidence): Judgement {
  const violations: string[] = [];
  for (const { projection, parked: list } of stored)
    for (const { log, position, key, reason } of list)
      if (!strange.has(key)) violations.push(`${projection.name} parked ${log} ${position} (${key}): ${reason}`);
  return judge(
    'I21',
    'nothing is skipped silently, and nothing is parked but what was made to be',
    stored.length,
    violations,
  );
}

export const checkReadModels: Check = evidence => [
  ...rows(evidence),
  ...(evidence.atRest ? [recovery(evidence)] : []),
  parked(evidence),
];
