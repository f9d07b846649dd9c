/** `npm run -s replay -- <verb>`: rebuilds read models from the logs, proves them right, and says which one serves. */
import { Command, InvalidArgumentError } from 'commander';
import { endWhenNobodyReads, endWith, UsageError } from '../exit-codes';
import { makeOutput, type Output } from './output';
import type { Session } from './session';
import type { Target } from './targets';

interface Common {
  readonly json?: boolean;
  readonly store?: string;
}
type Verbs = typeof import('./verbs');
type Work = (verbs: Verbs, session: Session, targets: readonly Target[], out: Output) => Promise<unknown>;

/** Loaded when there is work: help must not wait for it. */
async function run(projection: string | undefined, { json = false, store }: Common, work: Work): Promise<void> {
  const out = makeOutput(json);
  const verbs: Verbs = await import(/* webpackMode: "eager" */ './verbs/index.js');
  try {
    const targets = verbs.targetsOf(projection);
    await verbs.Session.use(store, session => work(verbs, session, targets, out));
  } finally {
    out.settle();
  }
}

const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  return value;
};

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const time = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (!count || !unit) throw new InvalidArgumentError('It must be like 90s, 30m, 24h or 7d.');
  return Number(count) * UNITS[unit]!;
};

const uuid = (text: string): string => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new InvalidArgumentError('It must be an id (UUID).');
  return text.toLowerCase();
};

const only = (targets: readonly Target[], verb: string): Target => {
  if (targets.length === 1) return targets[0]!;
  throw new UsageError(`Name one projection to ${verb}.`);
};

/** At this rate readers' p99 stays within twice of what it is without a rebuild; `npm run bench -- rebuild-reads` measures it. */
const THROTTLE = 12_000;

const program = new Command('replay')
  .description(
    'Rebuilds read models from the logs beside the ones that serve, proves them right, switches and rolls back.',
  )
  .showHelpAfterError('Add --help for what there is.')
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  npm run -s replay -- status
  npm run -s replay -- rebuild user-orders --switch
  npm run -s replay -- verify user-orders
  npm run -s replay -- rollback user-orders
  npm run -s replay -- redrive --all
  npm run -s replay -- rebuild user-orders --to mongo

A projection is one of user-orders, catalogue, known-facts; without a name all of them.
It finds the shop that "npm start" runs, or the one that NATS_URL, NATS_NKEY_SEED and QUERY_DATABASE_URL,
PRODUCTS_DATABASE_URL, ORDERS_DATABASE_URL name (each also as ..._FILE).
Where user-orders is split, READ_PARTITION (such as 1/2) says which partition QUERY_DATABASE_URL keeps.

Exit codes: 0 done, 1 failed or differs, 2 wrong usage, 3 somebody else is rebuilding, 130 interrupted.
docs/replay.md teaches it.`,
  );

const verb = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--json', 'one JSON document, or JSON lines while it works')
    .option('--store <name>', 'postgres or mongo, instead of the one that the service reads')
    .exitOverride();

verb('status', 'generations, how far they are behind the logs, what they cost')
  .argument('[projection]')
  .action((projection: string | undefined, options: Common) =>
    run(projection, options, ({ status }, session, targets, out) => status(session, targets, out)),
  );

verb('plan', 'what a rebuild would read and write, and about how long it takes')
  .argument('[projection]')
  .option('--user <id>', 'of a repair of one user', uuid)
  .option('--product <id>', 'of a repair of one product', uuid)
  .action((projection: string | undefined, options: Common & { user?: string; product?: string }) =>
    run(projection, options, ({ plan }, session, targets, out) =>
      plan(session, targets, { throttle: THROTTLE, ...options }, out),
    ),
  );

verb('rebuild', 'build the next generation beside the serving one, or go on with one that was begun')
  .argument('[projection]')
  .option('--switch', 'let it serve when it is level')
  .option('--to <store>', 'postgres or mongo: build it there, ready to be read when READ_STORE says so')
  .option('--throttle <events/s>', 'read at most so many events a second; 0: as fast as it goes', whole(0), THROTTLE)
  .option('--workers <n>', 'pages asked for ahead, per log', whole(1), 4)
  .option('--user <id>', 'put only the rows of one user right, in the serving generation', uuid)
  .option('--product <id>', 'put only the rows of one product right, in the serving generation', uuid)
  .action((projection: string | undefined, options) =>
    run(projection, options, async ({ rebuild }, session, targets, out) => {
      if (options.user && options.product) throw new UsageError('Name a user or a product, not both.');
      return rebuild(session, targets, options, out);
    }),
  );

verb('verify', 'compare the serving generation with a fresh fold of the logs, row by row, at equal positions')
  .argument('[projection]')
  .option('--generation <n>', 'this one instead of the serving one', whole(1))
  .option('--against <n>', 'another generation instead of a fresh fold', whole(1))
  .option('--against-store <name>', 'what the other store would serve, instead of a fresh fold')
  .action((projection: string | undefined, options) =>
    run(projection, options, ({ verify }, session, targets, out) => verify(session, targets, options, out)),
  );

verb('switch', 'let another generation serve, as soon as it shows all that readers may have seen')
  .argument('[projection]')
  .option('--to <n>', 'which one, where there are several', whole(1))
  .option('--keep <time>', 'drop the one that served after so long, e.g. 24h', time)
  .action((projection: string | undefined, { keep, ...options }) =>
    run(projection, options, ({ switchVerb }, session, targets, out) =>
      switchVerb(session, targets, { ...options, ...(keep !== undefined && { keepMs: keep }) }, out),
    ),
  );

verb('rollback', 'let the generation before serve again')
  .argument('[projection]')
  .action((projection: string | undefined, options: Common) =>
    run(projection, options, ({ rollback }, session, targets, out) => rollback(session, targets, out)),
  );

verb('drop', 'delete a generation that does not serve')
  .argument('<projection>')
  .argument('[generation]', 'its number; the only one that does not serve where it is left out', whole(1))
  .option('--yes', 'do not ask')
  .action((projection: string, generation: number | undefined, options: Common & { yes?: boolean }) =>
    run(projection, options, ({ drop }, session, targets, out) =>
      drop(
        session,
        only(targets, 'drop from'),
        { ...(options.yes && { yes: true }), ...(generation !== undefined && { generation }) },
        out,
      ),
    ),
  );

verb('parked', 'events that could not be applied, and what waits behind them')
  .argument('[projection]')
  .action((projection: string | undefined, options: Common) =>
    run(projection, options, ({ parked }, session, targets, out) => parked(session, targets, out)),
  );

verb('redrive', 'apply parked events again, in order')
  .argument('[key]', 'the key whose events to try, as "parked" shows it')
  .option('--all', 'every key')
  .option('--projection <name>', 'of this projection only')
  .action((key: string | undefined, options: Common & { all?: boolean; projection?: string }) =>
    run(options.projection, options, ({ redrive }, session, targets, out) =>
      redrive(session, targets, { ...options, ...(key !== undefined && { key }) }, out),
    ),
  );

verb(
  'as-of',
  'what the read model held of a user at a moment: every log folded up to its last event recorded at or before it',
)
  .argument('[projection]', 'user-orders where it is left out')
  .requiredOption('--user <id>', 'whose rows', uuid)
  .requiredOption('--at <time>', 'RFC 3339, e.g. 2026-01-31T12:00:00Z')
  .action((projection: string | undefined, options: Common & { user: string; at: string }) =>
    run(projection ?? 'user-orders', options, ({ asOf }, session, targets, out) =>
      asOf(session, only(targets, 'look into'), options, out),
    ),
  );

verb('log-restored', 'after restoring the log of a service from a backup: give it a new identity')
  .argument('<service>', 'users, products or orders')
  .option('--yes', 'do not ask')
  .action((service: string, options: Common & { yes?: boolean }) =>
    run(undefined, options, ({ logRestored }, session, _, out) => logRestored(session, service, options, out)),
  );

async function main(): Promise<void> {
  endWhenNobodyReads();
  try {
    await program.parseAsync();
  } catch (error) {
    endWith(error);
  }
}

void main();
