/** Starts the readers of a service: projections and process steps, with their metrics, health and end. */
import { Runner, type LogFeed, type LogReader, type RunnerSettings, type Sink } from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { runnerMetrics } from './metrics';

export interface ReaderPorts {
  readonly sink: Sink;
  readonly reader: LogReader;
  readonly feed?: LogFeed;
  readonly settings?: Partial<RunnerSettings>;
}

/** A halted reader makes the service unready, since what it serves will not get better by itself; one that is behind is only told. */
export function startReaders(kit: Kit, readers: readonly ReaderPorts[]): readonly Runner[] {
  const runners = readers.map(
    ({ sink, reader, feed, settings }) =>
      new Runner(
        { sink, reader, ...(feed && { feed }) },
        {
          ...settings,
          onNote: note =>
            kit.log[note.kind === 'halted' ? 'error' : 'info']({ reader: sink.name, ...note }, `reader ${note.kind}`),
        },
      ),
  );
  runnerMetrics(kit, runners);
  for (const runner of runners) {
    const { name } = runner.status();
    const lanes = (state: string) => runner.status().logs.filter(lane => lane.state === state);
    kit.readiness.needs(name, () => lanes('halted')[0]?.reason);
    kit.readiness.watches(`${name} is level`, () => {
      const behind = runner.status().logs.filter(lane => lane.lagEvents > 0 || lane.head === null);
      return behind.length === 0
        ? undefined
        : behind
            .map(({ log, lagEvents, lagSeconds, head }) =>
              head === null
                ? `${log}: its owner has not answered yet`
                : `${log}: ${lagEvents} events, ${lagSeconds.toFixed(1)} s behind`,
            )
            .join('; ');
    });
    kit.shutdown.on('runners', () => runner.stop());
    runner.start();
  }
  return runners;
}
