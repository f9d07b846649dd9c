/** A mutant, or nothing wrong at all, gone through on a shop of its own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from '../checks/evidence';
import type { Fault } from '../faults/fault';
import type { Options } from '../options';
import { failedOf, writeReport } from '../report';
import { runOnce } from '../run';
import type { Scenario } from '../scenarios/scenario';
import type { ChaosStack, ReadStoreName } from '../stack/chaos-stack';
import type { Mutant } from './mutant';
import { alterLogs } from './mutated-sources';

export interface Trial extends Omit<Mutant, 'fault' | 'scenario'> {
  readonly isControl: boolean;
  readonly readStore: ReadStoreName;
  readonly faults: readonly Fault[];
  readonly scenarios: readonly Scenario[];
}

export interface Tried {
  /** A mutant failed what tells of it, a control nothing. */
  readonly right: boolean;
  /** Invariants that failed. */
  readonly failed: readonly string[];
  readonly example: string;
  readonly seconds: number;
}

/** Enough for what is seen at rest; a fault takes the time that it takes. */
const SECONDS = 6;
/** Readers look at the head of a log every five seconds: what is not read by then is not read by itself. */
const REST_MS = 15_000;
/** A mutant may never get well again: its logs tell all the same. */
const PATIENCE_MS = 30_000;
/** What is whole comes to rest in a moment; where the machine is busy, it is given all the time that it may take. */
const CONTROL_REST_MS = 30_000;
/** A few clients each, so that several find room on one machine. */
const LOAD = { rate: 50, clients: 12, commands: 190 };
/** A fault takes its time, in which fewer do as much. */
const LOAD_BESIDE_FAULT = { rate: 20, clients: 8, commands: 190 };

const unique = <T>(items: readonly (T | undefined)[]): T[] => [
  ...new Set(items.filter((item): item is T => item !== undefined)),
];

/**
 * The mutants of a store, and before them controls that go through what these go through with nothing wrong: what is found there, at
 * rest or on the way, is the checker's or the shop's own fault.
 */
export function trialsOf(mutants: readonly Mutant[], readStore: ReadStoreName): Trial[] {
  const control = {
    isControl: true,
    readStore,
    edits: [],
    builds: [],
    caughtBy: unique(mutants.flatMap(({ caughtBy }) => caughtBy)),
    faults: [],
    scenarios: [],
  };
  const at = readStore === 'mongo' ? ' on MongoDB' : '';
  const mix = Object.assign({}, ...mutants.map(one => one.mix ?? {})) as Mutant['mix'];
  const stock = mutants.map(one => one.stock).find(most => most !== undefined);
  const faults = unique(mutants.map(({ fault }) => fault));
  const scenarios = unique(mutants.map(({ scenario }) => scenario));
  const showsByItself = mutants.some(({ fault, scenario }) => !fault && !scenario);
  return [
    ...(faults.length + scenarios.length > 0
      ? [{ ...control, name: `control${at}, broken`, defect: 'none, under the same faults', faults, scenarios }]
      : []),
    ...(showsByItself
      ? [
          {
            ...control,
            name: `control${at}`,
            defect: 'none',
            ...(mix && { mix }),
            ...(stock !== undefined && { stock }),
          },
        ]
      : []),
    ...mutants.map(({ fault, scenario, ...mutant }) => ({
      ...mutant,
      readStore,
      isControl: false,
      faults: fault ? [fault] : [],
      scenarios: scenario ? [scenario] : [],
    })),
  ];
}

/** `options.dist`: its own programs. */
export async function tryOut(trial: Trial, options: Options, say: (line: string) => void): Promise<Tried> {
  const began = performance.now();
  const { name, caughtBy, isControl } = trial;
  const judgements = await play(trial, { ...options, out: join(options.out, name.replaceAll(/\W+/g, '-')) });
  const failed = failedOf(judgements);
  const telling = judgements.filter(({ id, violations }) => violations.length > 0 && caughtBy.includes(id));
  const example = (telling[0] ?? judgements.find(({ id }) => failed.includes(id)))?.violations[0] ?? '';
  const seconds = Math.round((performance.now() - began) / 1000);
  say(
    `${name}: ${failed.length > 0 ? `${failed.join(', ')}: ${example.slice(0, 160)}` : 'everything holds'} (${seconds} s)`,
  );
  return {
    right: isControl ? failed.length === 0 : telling.length > 0,
    failed,
    example: example.slice(0, 300),
    seconds,
  };
}

async function play(trial: Trial, options: Options): Promise<Judgement[]> {
  const { faults, scenarios, caughtBy, readStore, seconds = SECONDS, mix, stock } = trial;
  mkdirSync(options.out, { recursive: true });
  const alter = (stack: ChaosStack): Promise<void> => alterLogs(trial, stack);
  const databases = { ...options.databases, alter, ...(!trial.isControl && { patienceMs: PATIENCE_MS }) };
  const own = {
    ...options,
    ...(faults.length > 0 ? LOAD_BESIDE_FAULT : LOAD),
    faults,
    readStore,
    minutes: seconds / 60,
    restMs: trial.isControl ? CONTROL_REST_MS : REST_MS,
    databases,
    endsWith: caughtBy,
    ...(mix && { mix }),
    ...(stock !== undefined && { stock }),
  };
  const quiet = (): void => undefined;
  const found: Judgement[] = [];
  // A scenario has a shop of its own and needs no other.
  if (faults.length > 0 || scenarios.length === 0) {
    const run = await runOnce(own, quiet);
    writeReport(run);
    found.push(...run.judgements);
  }
  for (const scenario of scenarios) found.push(await scenario.play({ ...own, say: quiet }));
  return found;
}
