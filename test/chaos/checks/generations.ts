/** Generations beside the one that serves: built anew under load, equal row by row, and no reader was ever shown less (I18). */
import { areAlike } from '../model/alike';
import { differences, type StoredModel } from '../model/stored-rows';
import { judge } from './commands';
import type { Evidence, Judgement } from './evidence';

/** Only where a run built and switched. */
export function checkGenerations({ fired, generations, model, atRest }: Evidence): Judgement[] {
  const times = fired.flatMap(({ replay }) => (replay ? [replay] : []));
  if (times.length === 0) return [];
  const violations = times.flatMap(({ violations: seen }) => seen);
  let looked = times.reduce((sum, { looked: looks }) => sum + looks, 0);
  const built = generations.filter(({ serving }) => !serving);
  if (atRest && built.length === 0) violations.push('there is no generation beside the ones that serve');
  for (const one of built) {
    const { compared, found } = differences(one, model);
    looked += compared;
    violations.push(...found.map(difference => `generation ${one.generation}: ${difference}`));
    const other = generations.find(({ serving, projection }) => serving && projection === one.projection);
    if (atRest && other) violations.push(...unlike(one, other));
  }
  return [judge('I18', 'what is built anew equals what serves, and no switch shows less', looked, violations)];
}

/** At rest both stand at the heads, so every row of both must be the same. */
function unlike(a: StoredModel, b: StoredModel): string[] {
  const tables = Object.keys(a.projection.tables);
  return [
    ...tables.filter(table => !areAlike(textOf(a, table), textOf(b, table))),
    ...(areAlike(a.checkpoints, b.checkpoints) ? [] : ['checkpoints']),
    ...(a.parked.length === b.parked.length ? [] : ['parked']),
  ].map(what => `generations ${a.generation} and ${b.generation} of ${a.projection.name} differ in ${what}`);
}

const textOf = ({ rows }: StoredModel, table: string): [string, unknown][] =>
  [...(rows[table] ?? new Map<string, unknown>())].sort(([x], [y]) => (x < y ? -1 : 1));
