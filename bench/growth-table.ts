/** What `npm run bench -- growth` says: its table and its charts. */
import { lineChart } from './core/chart';
import { machine } from './core/machine';
import type { Measured } from './core/measure';
import { report } from './core/report';
import { figure } from './core/table';

export interface Size {
  readonly purchases: number;
  readonly events: number;
  /** With indexes. */
  readonly logBytes: number;
  readonly readBytes: number;
  readonly append: Measured;
  readonly read: Measured;
  /** Milliseconds from the end of a process until the next one is ready. */
  readonly started: { readonly orders: number; readonly query: number };
  readonly rebuilt: { readonly events: number; readonly seconds: number; readonly peakMemoryBytes: number };
  /** Of the query service, after all this. */
  readonly memoryMb: number;
}

export function tell(found: readonly Size[], args: readonly string[]): void {
  const chart = (name: string, title: string, yUnit: string, of: Readonly<Record<string, (size: Size) => number>>) => ({
    name: `growth-${name}`,
    title,
    svg: lineChart({
      title,
      xUnit: 'purchases',
      yUnit,
      series: Object.entries(of).map(([series, value]) => ({
        name: series,
        points: found.map(size => [size.purchases, value(size)] as const),
      })),
    }),
  });
  report(
    {
      name: 'growth',
      command: 'npm run bench -- growth',
      machine: machine(),
      table: {
        head: [
          'purchases',
          'events',
          'appends/s',
          'p50 ms',
          'GET/s',
          'p50 ms',
          'orders ready ms',
          'query ready ms',
          'rebuild s',
          'events/s',
          'rebuild MB',
          'query MB',
          'log bytes/event',
          'read model bytes/event',
        ],
        rows: found.map(size => [
          figure(size.purchases),
          figure(size.events),
          figure(size.append.perSecond),
          figure(size.append.p50),
          figure(size.read.perSecond),
          figure(size.read.p50),
          figure(size.started.orders),
          figure(size.started.query),
          figure(size.rebuilt.seconds),
          figure(size.rebuilt.events / size.rebuilt.seconds),
          figure(size.rebuilt.peakMemoryBytes / 2 ** 20),
          figure(size.memoryMb),
          figure(size.logBytes / size.events),
          figure(size.readBytes / size.events),
        ]),
      },
      notes: [
        'One shop that grows. Appends by 32 callers while the programs stand still, and GET /users/:id/products on 64 connections: the medians of five short rounds each; ready: from killed to ready again; bytes with all indexes.',
      ],
      results: found,
      charts: [
        chart('rates', 'Appends and reads per second as the shop grows', '/s', {
          'GET products of a user': size => size.read.perSecond,
          append: size => size.append.perSecond,
        }),
        chart('rebuild', 'Time of a rebuild as the shop grows', 's', { rebuild: size => size.rebuilt.seconds }),
        chart('start', 'Start as the shop grows', 'ms', {
          orders: size => size.started.orders,
          'user-orders-query': size => size.started.query,
        }),
      ],
    },
    args,
  );
}
