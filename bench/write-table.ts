/** What `npm run bench -- write` says: its table, its chart, and the ratios. */
import { barChart } from './core/chart';
import { emmett } from './core/emmett';
import { machine, versionOf } from './core/machine';
import { report } from './core/report';
import { rateCell, type Rounds, type Summary } from './core/rounds';
import { figure } from './core/table';

export const CALLERS = [1, 32, 256];
/** Of every side that holds a session per caller. */
export const SESSIONS = 32;
/** Events of a stream when it is left for a new one: half of it on average. */
export const LONGEST_STREAM = 10;
export type Kind = 'append' | 'command';

export function tell(
  writers: readonly { readonly name: string; readonly kind: Kind }[],
  found: ReadonlyMap<number, ReadonlyMap<string, Summary>>,
  { rounds, roundMs }: Rounds,
  postgres: string,
  args: readonly string[],
): void {
  const at = (callers: number, name: string): Summary => found.get(callers)!.get(name)!;
  const times = (callers: number, a: string, b: string): string =>
    figure(at(callers, a).perSecond / at(callers, b).perSecond);
  const [log, command] = ['Foldline: append to the log', 'Foldline: command, as services run it'];
  const versus = (name: string, peer: string): string =>
    `${CALLERS.map(callers => `${times(callers, name, peer)} at ${callers}`).join(', ')} at once`;
  report(
    {
      name: 'write',
      command: 'npm run bench -- write',
      machine: machine({ PostgreSQL: postgres, pg: versionOf('pg'), Emmett: emmett().version }),
      table: {
        head: ['events/s, p50 and p99 in ms', ...CALLERS.flatMap(n => [`${n} at once`, 'p50', 'p99'])],
        rows: [...writers]
          .sort((a, b) => a.kind.localeCompare(b.kind))
          .map(({ name }) => [
            name,
            ...CALLERS.flatMap(callers => {
              const of = at(callers, name);
              return [rateCell(of), figure(of.p50), figure(of.p99)];
            }),
          ]),
      },
      notes: [
        `Our log is this many times Emmett's appendToStream: ${versus(log, 'Emmett: appendToStream')}; our command this many times its CommandHandler: ${versus(command, 'Emmett: CommandHandler')}; our log this many times the plain transaction: ${versus(log, 'plain pg: transaction')}.`,
        `One event per append; commands work on streams of 0 to ${LONGEST_STREAM} events; fsync and synchronous_commit on for all; ${SESSIONS} sessions for each peer. Medians of ${rounds} rounds of ${roundMs / 1000} s in turns, ± half the spread.`,
        'The limit is a prepared insert by node and pg, since the embedded PostgreSQL has no pgbench.',
      ],
      results: Object.fromEntries([...found].map(([callers, of]) => [callers, Object.fromEntries(of)])),
      charts: [
        {
          name: 'write',
          title: 'Events per second into the log',
          svg: barChart({
            title: 'Events per second, one per append or command',
            unit: '/s',
            series: CALLERS.map(callers => `${callers} at once`),
            groups: writers.map(({ name }) => ({
              name,
              values: CALLERS.map(callers => at(callers, name).perSecond),
            })),
          }),
        },
      ],
    },
    args,
  );
}
