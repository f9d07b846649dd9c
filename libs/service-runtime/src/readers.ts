/** Starts the readers of a service: projections and process steps, with their metrics, health and end. */
import { Runner, type LogFeed, type LogReader, type RunnerSettings, type Sink } from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { runnerMetrics } from './metrics';

export interface ReaderPorts {
  readonly sink: Sink;
  readonly reader: LogReader;
  readonly feed?: LogFeed;
  readonly settings?: Partial<RunnerSettings>;
  /** Whether the service can do its work without it now; absent: it cannot. */
  readonly spare?: () => boolean;
}

/** All readers of one process. They come and go with the generations they keep. */
export class Readers {
  private readonly ends = new Map<Runner, () => void>();
  private readonly runners = new Set<Runner>();

  constructor(private readonly kit: Kit) {
    runnerMetrics(kit, this.runners);
    kit.shutdown.on('runners', () => Promise.all([...this.runners].map(runner => this.stop(runner))));
  }

  /** A halted reader makes the service unready, since what it serves will not get better by itself; one that is behind is only told. */
  start({ sink, reader, feed, settings, spare = () => false }: ReaderPorts): Runner {
    const { log, readiness } = this.kit;
    const runner = new Runner(
      { sink, reader, ...(feed && { feed }) },
      {
        ...settings,
        onNote: note =>
          log[note.kind === 'halted' ? 'error' : 'info']({ reader: sink.name, ...note }, `reader ${note.kind}`),
      },
    );
    const halted = (): string | undefined => runner.status().logs.find(({ state }) => state === 'halted')?.reason;
    const ends = [
      readiness.needs(sink.name, () => (spare() ? undefined : halted())),
      readiness.watches(`${sink.name} is level`, () => (spare() ? halted() : undefined) ?? behind(runner)),
    ];
    this.ends.set(runner, () => ends.forEach(end => end()));
    this.runners.add(runner);
    runner.start();
    return runner;
  }

  async stop(runner: Runner): Promise<void> {
    this.ends.get(runner)?.();
    await runner.stop();
    this.runners.delete(runner);
    this.ends.delete(runner);
  }
}

function behind(runner: Runner): string | undefined {
  const logs = runner.status().logs.filter(lane => lane.lagEvents > 0 || lane.head === null);
  if (logs.length === 0) return undefined;
  return logs
    .map(({ log, lagEvents, lagSeconds, head }) =>
      head === null
        ? `${log}: its owner has not answered yet`
        : `${log}: ${lagEvents} events, ${lagSeconds.toFixed(1)} s behind`,
    )
    .join('; ');
}
