/** What `npm run bench -- growth` says: its table and its charts. */
import { lineChart } from './core/chart';
import { machine } from './core/machine';
import type { Measured } from './core/measure';

import { report } from './core/report';
import { figure, percent } from './core/table';

/** `control`: the same now and here where there is nothing that grows, which tells a change of the machine from one of the shop. */
export interface Beside {
  readonly measured: Measured;
  readonly control: Measured;
}

export interface Size {
  readonly purchases: number;
  readonly events: number;
  /** With indexes. */
  readonly logBytes: number;
  readonly readBytes: number;
  readonly append: Beside;
  readonly read: Beside;
  /** Milliseconds from the end of a process until the next one is ready. */
  readonly started: { readonly orders: number; readonly query: number };
  readonly rebuilt: { readonly events: number; readonly seconds: number; readonly peakMemoryBytes: number };
  /** Of the query service, after all this. */
  readonly memoryMb: number;
}

const besides = ({ measured, control }: Beside): string => percent(measured.perSecond / control.perSecond);

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
          'of a new log',
          'p50 ms',
          'GET/s',
          'of no read',
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
          figure(size.append.measured.perSecond),
          besides(size.append),
          figure(size.append.measured.p50),
          figure(size.read.measured.perSecond),
          besides(size.read),
          figure(size.read.measured.p50),
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
        'One shop that grows. Appends by 32 callers while the programs stand still, and GET /users/:id/products on 64 connections: the medians of seven short rounds each. In turns with them, to tell a change of the machine from one of the shop: appends to a log that is new, and GET /livez, for which nothing is read; both are given as a share. Ready: from killed to ready again; bytes with all indexes.',
      ],
      results: found,
      charts: [
        chart('rates', 'Appends and reads per second as the shop grows', '/s', {
          'GET products of a user': size => size.read.measured.perSecond,
          append: size => size.append.measured.perSecond,
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
