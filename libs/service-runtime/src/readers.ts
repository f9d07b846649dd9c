/** Starts the readers of a service: projections and process steps, with their metrics, health and end. */
import {
  Runner,
  type AppliedBatch,
  type LogFeed,
  type LogReader,
  type ParkedPlace,
  type RunnerSettings,
  type Sink,
} from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { delayMetric, runnerMetrics } from './metrics';

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
  private readonly noteDelay: ReturnType<typeof delayMetric>;

  constructor(private readonly kit: Kit) {
    runnerMetrics(kit, this.runners);
    this.noteDelay = delayMetric(kit);
    kit.shutdown.on('runners', () => Promise.all([...this.runners].map(runner => this.stop(runner))));
  }

  /** A halted reader makes the service unready, since what it serves will not get better by itself; one that is behind is only told. */
  start({ sink, reader, feed, settings, spare = () => false }: ReaderPorts): Runner {
    const { log, readiness, tracing } = this.kit;
    const runner = new Runner(
      { sink, reader, ...(feed && { feed }) },
      {
        ...settings,
        onNote: note =>
          log[note.kind === 'halted' ? 'error' : 'info']({ reader: sink.name, ...note }, `reader ${note.kind}`),
        onApplied: batch => {
          this.noteDelay(sink.name, batch);
          if (tracing.on) traceApplied(tracing, sink.name, batch);
          for (const parked of toldOnce(batch))
            log.warn({ reader: sink.name, log: batch.log, ...parked, next: sink.wayOutOfParked }, 'event parked');
        },
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

/** The fold of each event is a span below the request that led to it. */
function traceApplied(
  tracing: Kit['tracing'],
  reader: string,
  { log, events, startedAt, endedAt }: AppliedBatch,
): void {
  for (const { type, position, metadata } of events)
    if (metadata.traceparent)
      tracing.record(`apply ${type}`, metadata.traceparent, startedAt, endedAt, { reader, log, position });
}

/** What of a reason may stand in a log: a rule, or the name of what was thrown. A message may hold what a person wrote. */
const THROWN = /^(\w*Error): [^]*$/;

/** One for each key and reason, at its first position: what waits behind a parked event can be a great deal. */
function toldOnce({ parked }: AppliedBatch): Iterable<ParkedPlace & { readonly events: number }> {
  const told = new Map<string, ParkedPlace & { events: number }>();
  for (const { reason: stored, ...place } of parked) {
    const reason = stored.replace(THROWN, '$1');
    const key = JSON.stringify([place.key, reason]);
    told.set(key, { ...(told.get(key) ?? { ...place, reason }), events: (told.get(key)?.events ?? 0) + 1 });
  }
  return told.values();
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
