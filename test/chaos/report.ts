/** The end of a run for people and for machines. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from './checks/evidence';
import { slopesOf } from './checks/slopes';
import { outcomeOf } from './load/history';
import type { Outcome } from './run';

const SHOWN = 5;

/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map(row => row.map(String))];
  const widths = head.map((_, i) => Math.max(...cells.map(row => row[i]!.length)));
  const isNumber = head.map((_, i) => rows.length > 0 && rows.every(row => typeof row[i] === 'number'));
  return cells
    .map(
      row =>
        `  ${row
          .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n');
}

function operations({ evidence }: Outcome) {
  const counts = new Map<string, { ok: number; fail: number; unknown: number; attempts: number }>();
  for (const call of evidence.history.calls) {
    const count = counts.get(call.operation) ?? { ok: 0, fail: 0, unknown: 0, attempts: 0 };
    count[outcomeOf(call).verdict] += 1;
    count.attempts += call.attempts.length;
    counts.set(call.operation, count);
  }
  return [...counts].map(([operation, count]) => ({ operation, ...count }));
}

export const failed = ({ judgements }: Outcome): string[] => failedOf(judgements);

export const failedOf = (judgements: readonly Judgement[]): string[] =>
  judgements.filter(({ violations, looked }) => violations.length > 0 || looked === 0).map(({ id }) => id);

export function asText(outcome: Outcome): string {
  const { judgements, evidence, options, resolution, seconds } = outcome;
  const { fired, sampled, tapped, logs, recoveredMs } = evidence;
  const events = Object.values(logs.events).reduce((sum, { length }) => sum + length, 0);
  const touched = fired.reduce((sum, { count }) => sum + count, 0);
  const bad = judgements.filter(({ violations }) => violations.length > 0);
  return [
    '',
    'What clients did',
    table(
      ['operation', 'ok', 'refused', 'open', 'attempts'],
      operations(outcome).map(({ operation, ok, fail, unknown, attempts }) => [operation, ok, fail, unknown, attempts]),
    ),
    '',
    'What was broken',
    fired.length === 0
      ? '  nothing'
      : table(
          ['row', 'fault', 'count', 'seconds', 'ok', 'refused', 'open', 'what happened'],
          fired.map(({ row, name, count, at, until, ok, fail, unknown, note }) => [
            row,
            name,
            count,
            Math.round((until - at) / 100) / 10,
            ok,
            fail,
            unknown,
            note,
          ]),
        ),
    '',
    'How memory, handles, connections and unacknowledged messages went',
    table(
      ['measure', 'of', 'first', 'last', 'most', 'a minute, second half'],
      slopesOf(sampled.usage)
        .sort((a, b) => (a.measure < b.measure ? -1 : a.measure > b.measure ? 1 : 0))
        .map(({ of, measure, first, last, most, perMinute }) => [measure, of, first, last, most, perMinute]),
    ),
    '',
    'What must hold',
    table(
      ['', 'invariant', 'looked at', 'violations', ''],
      judgements.map(({ id, title, looked, violations }) => [
        id,
        title,
        looked,
        violations.length,
        violations.length > 0 ? 'FAILED' : looked === 0 ? 'FAILED: nothing was looked at' : 'holds',
      ]),
    ),
    ...bad.flatMap(({ id, violations }) => [
      '',
      `${id}:`,
      ...violations.slice(0, SHOWN).map(violation => `  ${violation.slice(0, 600)}`),
      ...(violations.length > SHOWN ? [`  and ${violations.length - SHOWN} more in the report`] : []),
    ]),
    '',
    `${evidence.history.calls.filter(({ key }) => key).length} commands; ${fired.length} faults, which struck ${touched} times;`,
    `${events} events; ${tapped.events.length} seen on the wire, ${tapped.repeats} repeats of them, ${tapped.unreadable} unreadable;`,
    `${sampled.looks} looks on the way; the run itself stood still for ${sampled.longestPauseMs} ms at most;`,
    `${resolution.open} open commands resolved; caught up after ${recoveredMs ?? 'never'} ms; ${seconds} s in all`,
    failed(outcome).length === 0
      ? `Everything holds (seed ${options.seed}).`
      : `FAILED: ${failed(outcome).join(', ')} (seed ${options.seed}).`,
    '',
  ].join('\n');
}

export function asJson(outcome: Outcome): object {
  const { judgements, evidence, options, resolution, seconds } = outcome;
  const { fired, sampled, tapped, logs, recoveredMs, behind } = evidence;
  const { seed, minutes, rate, clients } = options;
  return {
    seed,
    minutes,
    rate,
    clients,
    seconds,
    holds: failed(outcome).length === 0,
    operations: operations(outcome),
    faults: fired,
    judgements: judgements.map(one => ({
      ...one,
      violations: one.violations.slice(0, 200),
      count: one.violations.length,
    })),
    heads: logs.heads,
    wire: { events: tapped.events.length, repeats: tapped.repeats, unreadable: tapped.unreadable },
    looks: sampled.looks,
    longestPauseMs: sampled.longestPauseMs,
    slopes: slopesOf(sampled.usage),
    usage: sampled.usage,
    resolution,
    recoveredMs: recoveredMs ?? null,
    behind,
  };
}

export function writeReport(outcome: Outcome): string {
  const file = join(outcome.options.out, 'report.json');
  writeFileSync(file, JSON.stringify(asJson(outcome), null, 2));
  return file;
}
