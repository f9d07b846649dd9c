/** What a run can be told on the command line. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CLUSTER_CORE, CLUSTER_FAULTS, CORE, FAULTS, MONGO_CORE, SCENARIOS } from './faults';
import type { Fault } from './faults/fault';
import type { Mix } from './load/shopper';
import type { Scenario } from './scenarios/scenario';
import type { ReadStoreName, StackSettings } from './stack/chaos-stack';

export interface Options {
  readonly seed: number;
  readonly minutes: number;
  /** Calls per second. */
  readonly rate: number;
  readonly clients: number;
  /** Clients go on until they have sent so many, three minutes longer at most; fewer prove too little. */
  readonly commands: number;
  readonly faults: readonly Fault[];
  /** Played beside the run, on shops of their own. */
  readonly scenarios: readonly Scenario[];
  /** Nodes of the broker. */
  readonly brokers: number;
  readonly dist: string;
  /** Where the query service keeps its read model. */
  readonly readStore: ReadStoreName;
  /** Mutants to run, separated by commas. */
  readonly only: string | undefined;
  /** Mutants of these stores are run: of the one that was named, else of all. */
  readonly stores: readonly ReadStoreName[];
  /** Mutants tried at the same time. */
  readonly jobs: number;
  /** Folder of the report and the history. */
  readonly out: string;
  readonly keep: boolean;
  /** How long rest is waited for: longer than allowed, so that a slow recovery is told from none. */
  readonly restMs: number;
  /** Invariants that are looked at while clients act: the run ends with the first that fails. */
  readonly endsWith?: readonly string[];
  /** What shoppers do more or less often than usual. */
  readonly mix?: Partial<Mix>;
  /** Units of a product that come at once, at most. */
  readonly stock?: number;
  /** Where the shop's databases come from, when not from a set-up of their own; and how soon it must be well again. */
  readonly databases?: Pick<StackSettings, 'prepared' | 'alter' | 'patienceMs'>;
}

export const REST_MS = 90_000;

/** The row of the fault matrix in which nothing is broken. */
const CONTROL = 59;

export const USAGE = `Usage: npm run test:chaos -- [options]
  --seed N        repeats the choices of a run (default: made up and printed)
  --minutes M     how long clients act at least (default 5)
  --rate R        calls per second of all clients (default 80)
  --clients N     shoppers (default 24)
  --commands N    least number of commands: clients act up to three minutes longer for it (default 0)
  --faults LIST   none (the control), core, all, or rows such as 1,13,29 (default core)
  --read-store S  postgres or mongo: where the read model is kept (default READ_STORE, else postgres; mutants: those of both)
  --brokers N     1 or 3: nodes of the broker; with 3 every stream has three copies (default 1)
  --dist FOLDER   built programs (default dist)
  --out FOLDER    where report and history go (default .foldline/chaos)
  --keep          keeps the logs of the programs, in the folder of the report
       npm run test:chaos -- mutants [--seed N] [--only NAME,NAME] [--jobs N, default 1]
`;

export class UsageError extends Error {}
export class HelpWanted extends Error {}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`--${name} must be a number from ${least} to ${most}, not "${text}"`);
  return value;
}

/** Rows of the fault matrix by their names on the command line. */
export function chosen(
  text: string,
  readStore: ReadStoreName,
  brokers = 1,
): { readonly faults: readonly Fault[]; readonly scenarios: readonly Scenario[] } {
  const possible = (brokers > 1 ? CLUSTER_FAULTS : FAULTS).filter(
    ({ readStore: only = readStore }) => only === readStore,
  );
  const scenarios = brokers > 1 ? [] : SCENARIOS;
  const known = [...possible, ...scenarios].map(({ row }) => row);
  const rows =
    text === 'none'
      ? []
      : text === 'all'
        ? known
        : text === 'core'
          ? brokers > 1
            ? CLUSTER_CORE
            : readStore === 'mongo'
              ? MONGO_CORE
              : CORE
          : text.split(',').map(row => number('faults', row, 1, 60));
  const missing = rows.find(row => !known.includes(row));
  if (missing === CONTROL) throw new UsageError(`row ${CONTROL}, the control, is a run by itself: --faults none`);
  if (missing !== undefined)
    throw new UsageError(
      `there is no fault of row ${missing}; there are ${[...new Set(known)].sort((a, b) => a - b).join(', ')}`,
    );
  const isChosen = ({ row }: { readonly row: number }): boolean => rows.includes(row);
  return { faults: possible.filter(isChosen), scenarios: scenarios.filter(isChosen) };
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      minutes: { type: 'string', default: '5' },
      rate: { type: 'string', default: '80' },
      clients: { type: 'string', default: '24' },
      commands: { type: 'string', default: '0' },
      faults: { type: 'string', default: 'core' },
      'read-store': { type: 'string' },
      brokers: { type: 'string', default: '1' },
      dist: { type: 'string', default: 'dist' },
      out: { type: 'string', default: '.foldline/chaos' },
      keep: { type: 'boolean', default: false },
      only: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new HelpWanted();
  const named = values['read-store'] ?? process.env.READ_STORE;
  const readStore = named ?? 'postgres';
  if (readStore !== 'postgres' && readStore !== 'mongo')
    throw new UsageError(`--read-store must be postgres or mongo, not "${readStore}"`);
  const brokers = number('brokers', values.brokers, 1, 3);
  if (brokers === 2) throw new UsageError('--brokers must be 1 or 3: two nodes have no majority without each other');
  return {
    seed: number('seed', values.seed, 0, 2 ** 32 - 1),
    minutes: number('minutes', values.minutes, 0.05, 24 * 60),
    rate: number('rate', values.rate, 1, 5000),
    clients: number('clients', values.clients, 1, 1000),
    commands: number('commands', values.commands, 0, 1e7),
    ...chosen(values.faults, readStore, brokers),
    readStore,
    brokers,
    dist: resolve(values.dist),
    out: resolve(values.out),
    keep: values.keep,
    only: values.only,
    stores: named === undefined ? ['postgres', 'mongo'] : [readStore],
    jobs: number('jobs', values.jobs, 1, 16),
    restMs: REST_MS,
  };
}
