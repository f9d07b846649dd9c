/** Memory, connections and endings of the processes: bounded, and none that nobody asked for (I22). */
import { readFileSync } from 'node:fs';
import { withDatabase } from '../model/log-events';
import { PROGRAMS } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Evidence, Judgement } from './evidence';
import type { Measure, Sampled } from './sampler';

const MOST_RSS_KB = 700_000;
const MOST_CONNECTIONS = 100;
const MOST_HANDLES = 500;
/** The gateway has one for each client and one for the call it makes, beside these; with the 40 clients of a build server it may have 500 too. */
const MOST_OTHERS_OF_GATEWAY = 420;
/** Of all consumers together: each may have so many under way. */
const MOST_UNACKNOWLEDGED = 100_000;

export async function checkResources({ stack, sampled, fired }: Evidence, clients: number): Promise<Judgement> {
  const violations: string[] = [];
  // A process that was made to run out of memory says so as it ends.
  const starved = fired.some(({ row }) => row === 8);
  for (const name of PROGRAMS) {
    const memory = most(sampled, 'memory kB', name);
    if (memory > MOST_RSS_KB) violations.push(`${name} grew to ${memory} kB`);
    const handles = most(sampled, 'handles', name);
    const mostHandles = name === 'gateway' ? MOST_OTHERS_OF_GATEWAY + 2 * clients : MOST_HANDLES;
    if (handles > mostHandles) violations.push(`${name} had ${handles} files and sockets open`);
    const log = readFileSync(stack.logFile(name), 'utf8');
    for (const line of log.match(/.*(unhandledRejection|UnhandledPromiseRejection|uncaughtException|FATAL ERROR).*/g) ??
      [])
      if (!(starved && line.includes('heap out of memory'))) violations.push(`${name}: ${line.slice(0, 300)}`);
    for (const { code, signal } of stack.program(name).endings)
      if (code !== 0 && signal === null)
        violations.push(`${name} ended by itself with ${code}; its last words: ${lastWords(log)}`);
  }
  const [{ n }] = (await withDatabase(stack, 'query', sql =>
    sql<{ n: number }>("select count(*)::int as n from pg_stat_activity where backend_type = 'client backend'"),
  )) as [{ n: number }];
  if (n > MOST_CONNECTIONS) violations.push(`${n} connections to PostgreSQL`);
  const unacknowledged = most(sampled, 'unacknowledged', 'nats');
  if (unacknowledged > MOST_UNACKNOWLEDGED) violations.push(`${unacknowledged} messages were not acknowledged`);
  return judge(
    'I22',
    'memory, handles, connections and unacknowledged messages are bounded, no process ends by itself',
    sampled.usage.length,
    violations,
  );
}

const lastWords = (log: string): string =>
  log
    .match(/.*"level":"fatal".*/g)
    ?.at(-1)
    ?.slice(0, 600) ?? 'none';

const most = ({ usage }: Sampled, wanted: Measure, name: string): number =>
  Math.max(0, ...usage.filter(({ of, measure }) => of === name && measure === wanted).map(({ value }) => value));
