/** The numbers of a log, its relay and its readers, under the names that dashboards and alerts use. */
import type { CommittedBatch } from '@foldline/event-log';
import type { AppliedBatch, Runner } from '@foldline/projections';
import type { Relay } from '@foldline/relay';
import type { Kit } from '@foldline/service-kit';

/** Gives what is to be called with every committed batch of appends. */
export function logMetrics({ metrics }: Kit): (batch: CommittedBatch) => void {
  const size = metrics.histogram(
    'append_batch_appends',
    'Appends gathered into one statement',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 500],
  );
  const seconds = metrics.histogram('append_batch_seconds', 'Time of one append statement');
  const events = metrics.counter('events_appended_total', 'Events written to the log');
  const conflicts = metrics.counter('append_conflicts_total', 'Appends refused because somebody else was faster');
  return batch => {
    size.observe(batch.appends);
    seconds.observe(batch.milliseconds / 1000);
    events.inc(batch.events);
    conflicts.inc(batch.conflicts);
  };
}

export function relayMetrics({ metrics }: Kit, relay: Relay): void {
  metrics.gauge('relay_leading', '1 while this process publishes the log', [], () => [
    [{}, relay.status().leading ? 1 : 0],
  ]);
  metrics.gauge('relay_lag_events', 'Events appended and not yet published, as far as the leader knows', [], () => {
    const { head, position } = relay.status();
    return position === null ? [] : [[{}, head - position]];
  });
  metrics.gauge('relay_published', 'Events published since this process started', [], () => [
    [{}, relay.status().published],
  ]);
  metrics.gauge('relay_retries', 'Failed tries to publish since this process started', [], () => [
    [{}, relay.status().retries],
  ]);
  metrics.gauge('relay_oversize', 'Events too large for the broker since this process started', [], () => [
    [{}, relay.status().oversize],
  ]);
}

const COUNTS = ['applied', 'refilled', 'refused', 'duplicates', 'parked'] as const;

/** Of projections and process steps alike; `reader` is the sink's name. */
export function runnerMetrics({ metrics }: Kit, runners: ReadonlySet<Runner>): void {
  const lanes = () =>
    [...runners].flatMap(runner => runner.status().logs.map(lane => ({ reader: runner.status().name, lane })));
  const labels = ['reader', 'log'] as const;
  metrics.gauge('projection_lag_events', 'Events between the checkpoint and the head of the log', labels, () =>
    lanes().map(({ reader, lane }) => [{ reader, log: lane.log }, lane.lagEvents]),
  );
  metrics.gauge('projection_lag_seconds', 'How long the oldest event not yet applied has been waiting', labels, () =>
    lanes().map(({ reader, lane }) => [{ reader, log: lane.log }, lane.lagSeconds]),
  );
  metrics.gauge('projection_position', 'Checkpoint', labels, () =>
    lanes().map(({ reader, lane }) => [{ reader, log: lane.log }, lane.position]),
  );
  metrics.gauge('projection_halted', '1 when a reader halted and waits for a person', labels, () =>
    lanes().map(({ reader, lane }) => [{ reader, log: lane.log }, lane.state === 'halted' ? 1 : 0]),
  );
  for (const count of COUNTS) {
    metrics.gauge(`projection_${count}_events`, `Events ${count} since this process started`, labels, () =>
      lanes().map(({ reader, lane }) => [{ reader, log: lane.log }, lane[count]]),
    );
  }
}

/** Fine where a reader that keeps up is; times are recorded in whole milliseconds. */
const DELAYS = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 250, 500, 1_000, 5_000, 30_000, 300_000].map(
  ms => ms / 1000,
);

/** Gives what is to be called with every applied batch. Its first event has waited longest. */
export function delayMetric({ metrics }: Kit): (reader: string, batch: AppliedBatch) => void {
  const delay = metrics.histogram(
    'projection_delay_seconds',
    'From when an event was recorded in its log to when it is applied here, of the first event of each batch',
    ['reader', 'log'],
    DELAYS,
  );
  return (reader, { log, events, endedAt }) => {
    const [first] = events;
    if (first) delay.observe({ reader, log }, Math.max(0, endedAt - Date.parse(first.recordedAt)) / 1000);
  };
}

export interface GenerationNumbers {
  readonly projection: string;
  readonly generation: number;
  readonly serving: boolean;
  readonly stale: boolean;
}

export function generationMetrics({ metrics }: Kit, read: () => readonly GenerationNumbers[]): void {
  const labels = ['projection', 'generation'] as const;
  const each = (value: (numbers: GenerationNumbers) => boolean) => () =>
    read().map(numbers => {
      const { projection, generation } = numbers;
      return [{ projection, generation: String(generation) }, value(numbers) ? 1 : 0] as const;
    });
  metrics.gauge(
    'generation_serving',
    '1 for the generation that answers come from',
    labels,
    each(one => one.serving),
  );
  metrics.gauge(
    'generation_stale',
    '1 when other code or tables made the generation: rebuild it',
    labels,
    each(one => one.stale),
  );
}
