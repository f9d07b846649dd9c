/** Memory, connections and endings of the processes: bounded, and none that nobody asked for (I22). */
import { readFileSync } from 'node:fs';
import { withDatabase } from '../model/log-events';
import { SERVICES } from '../stack/chaos-stack';
import { judge } from './commands';
import type { Evidence, Judgement } from './evidence';

const MOST_RSS_KB = 700_000;
const MOST_CONNECTIONS = 100;

export async function checkResources({ stack, sampled, fired }: Evidence): Promise<Judgement> {
  const violations: string[] = [];
  // A process that was made to run out of memory says so as it ends.
  const starved = fired.some(({ row }) => row === 8);
  for (const name of [...SERVICES, 'gateway'] as const) {
    const most = Math.max(0, ...sampled.usage.filter(({ program }) => program === name).map(({ rssKb }) => rssKb));
    if (most > MOST_RSS_KB) violations.push(`${name} grew to ${most} kB`);
    const log = readFileSync(stack.logFile(name), 'utf8');
    for (const line of log.match(/.*(unhandledRejection|UnhandledPromiseRejection|uncaughtException|FATAL ERROR).*/g) ??
      [])
      if (!(starved && line.includes('heap out of memory'))) violations.push(`${name}: ${line.slice(0, 300)}`);
    for (const { code, signal } of stack.program(name).endings)
      if (code !== 0 && signal === null) violations.push(`${name} ended by itself with ${code}`);
  }
  const [{ n }] = (await withDatabase(stack, 'query', sql =>
    sql<{ n: number }>("select count(*)::int as n from pg_stat_activity where backend_type = 'client backend'"),
  )) as [{ n: number }];
  if (n > MOST_CONNECTIONS) violations.push(`${n} connections to PostgreSQL`);
  return judge(
    'I22',
    'memory and connections are bounded, no process ends by itself',
    sampled.usage.length,
    violations,
  );
}
