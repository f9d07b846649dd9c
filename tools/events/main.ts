/** `npm run -s events`: looks into the logs, live, with personal data masked; or follows one trace through all of them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { allEventVersions, isLogName, LOGS, type LogName } from '@foldline/contracts';
import { NatsLink, NatsLogReader } from '@foldline/transport';
import { Command, InvalidArgumentError } from 'commander';
import { findDeployment } from '../deployment';
import { endWhenNobodyReads, endWith, UsageError } from '../exit-codes';
import { mask, matches, type Filter } from './filter';
import { asJson, asText, pathAsJson, pathAsText } from './print';
import { follow, merged, readBackward, readForward } from './reading';
import { loggedLines, readersOf, traceMatch, withRelatives } from './trace';

interface Options extends Filter {
  readonly log?: LogName;
  readonly from?: number;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly reveal?: boolean;
  readonly trace?: string;
}

const DEFAULT_LIMIT = 20;
const BROKER_PATIENCE_MS = 5_000;
const FOLLOW_EVERY_MS = 200;

const logName = (text: string): LogName => {
  if (isLogName(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${LOGS.join(', ')}.`);
};
const typeName = (text: string): string => {
  const types = [...new Set(allEventVersions.map(({ type }) => type))];
  if (types.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${types.join(', ')}.`);
};
const whole = (text: string): number => {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
};

const program = new Command('events')
  .description('Shows the last events of all logs, or those that are asked for.')
  .option('--log <log>', `of this log: ${LOGS.join(', ')}`, logName)
  .option('--stream <id>', 'of this stream, e.g. order-0198...')
  .option('--type <type>', 'of this type, e.g. OrderPlaced', typeName)
  .option('--from <position>', 'from this position of --log on, instead of the last', whole)
  .option('--limit <n>', `at most so many (default: ${DEFAULT_LIMIT})`, whole)
  .option('--follow', 'then go on with what is appended, until Ctrl-C')
  .option('--trace <id>', "one trace's whole path: a traceId, or the id of an event, command or correlation")
  .option('--reveal', 'show personal data')
  .option('--json', 'one CloudEvent a line')
  .showHelpAfterError('Add --help for what there is.')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  npm run -s events
  npm run -s events -- --log orders --type OrderRejected --limit 5
  npm run -s events -- --log users --from 1 --json
  npm run -s events -- --follow
  npm run -s events -- --trace 4bf92f3577b34da6a3ce929d0e0e4736

It finds the shop that "npm start" runs, or the broker that NATS_URL and NATS_NKEY_SEED name.
Exit codes: 0 done, 1 failed, 2 wrong usage.`,
  );

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function headsOf(reader: NatsLogReader, logs: readonly LogName[]) {
  const heads = await Promise.all(
    logs.map(async log => {
      const head = await reader.head(log).catch(() => undefined);
      if (!head) say(`The log ${log} is left out: its owner does not answer. "npm run -s status" shows why.`);
      return head && ([log, head] as const);
    }),
  );
  const found = new Map(heads.filter(head => head !== undefined));
  if (found.size === 0) throw new Error('No owner of a log answers.');
  return found;
}

function checked(options: Options): Options {
  if (options.from !== undefined && !options.log) throw new UsageError('--from counts within one log: add --log.');
  const others = ['log', 'stream', 'type', 'from', 'limit', 'follow'] as const;
  const extra = options.trace === undefined ? undefined : others.find(name => options[name] !== undefined);
  if (extra) throw new UsageError(`--trace looks into all logs: leave --${extra} out.`);
  if (options.trace !== undefined && !traceMatch(options.trace))
    throw new UsageError('--trace must be a traceId (32 hex digits), a traceparent, or an id (UUID).');
  return options;
}

function servicesOfThisMachine(dataDir: string): Readonly<Record<string, { readonly url: string }>> {
  try {
    return (
      JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { services: Record<string, { url: string }> }
    ).services;
  } catch {
    return {};
  }
}

async function showTrace(reader: NatsLogReader, options: Options): Promise<void> {
  const heads = await headsOf(reader, LOGS);
  const all = (
    await Promise.all(
      [...heads].map(([log, { position }]) =>
        readForward(reader, log, { after: 0, end: position, limit: Infinity, match: () => true }),
      ),
    )
  ).flat();
  const dataDir = resolve(process.env.FOLDLINE_DATA ?? '.foldline');
  const events = merged(withRelatives(all.filter(traceMatch(options.trace!)!), all));
  const traceIds = new Set(events.flatMap(({ metadata }) => metadata.traceparent?.split('-')[1] ?? []));
  traceIds.add(options.trace!.replace(/^00-([0-9a-f]{32})-.*$/, '$1').toLowerCase());
  const path = {
    events: options.reveal ? events : events.map(mask),
    lines: loggedLines(join(dataDir, 'logs'), traceIds),
    readers: await readersOf(servicesOfThisMachine(dataDir)),
  };
  if (path.events.length + path.lines.length === 0) say('Nothing of this trace is in the logs.');
  else print(options.json ? pathAsJson(path) : pathAsText(path));
}

async function showEvents(reader: NatsLogReader, options: Options, signal: AbortSignal): Promise<void> {
  const heads = await headsOf(reader, options.log ? [options.log] : LOGS);
  const { from } = options;
  const limit = options.limit ?? (from !== undefined && options.follow ? Infinity : DEFAULT_LIMIT);
  const match = matches(options);
  const show = (event: Parameters<typeof mask>[0]): void => {
    const shown = options.reveal ? event : mask(event);
    print(options.json ? asJson(shown) : asText(shown));
  };
  const pages = await Promise.all(
    [...heads].map(([log, { position: end }]) => {
      if (from === undefined) return readBackward(reader, log, { end, limit, match });
      if (from > end && !options.follow) throw new UsageError(`The log ${log} ends at position ${end}.`);
      return readForward(reader, log, { after: from - 1, end, limit, match });
    }),
  );
  const events = merged(pages.flat());
  for (const event of from === undefined ? events.slice(-limit) : events) show(event);
  if (!options.follow) return void (events.length === 0 && say('No event matches.'));
  const rest = () => pause(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  await follow(reader, { heads, match, show, say, pause: rest, signal });
}

async function run(options: Options): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const link = new NatsLink({ ...findDeployment().nats, name: 'tools' });
  try {
    const reached = link.connection.then(() => true);
    const given = pause(BROKER_PATIENCE_MS, false, { ref: false, signal: stop.signal }).catch(() => false);
    if (!(await Promise.race([reached, given])))
      throw new Error('The broker does not answer. "npm run -s status" shows what runs.');
    const reader = new NatsLogReader(link, 10_000);
    await (options.trace === undefined ? showEvents(reader, options, stop.signal) : showTrace(reader, options));
  } finally {
    await link.stop();
  }
}

async function main(): Promise<void> {
  endWhenNobodyReads();
  try {
    program.parse();
    await run(checked(program.opts<Options>()));
  } catch (error) {
    endWith(error);
  }
}

void main();
