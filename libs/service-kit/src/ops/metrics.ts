/** Prometheus metrics of one process; names start with `foldline_`. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every 10 ms, as is usual, they would be a fifth of what an idle service does. A delay of the event loop is told as the time between two looks. */
const EVENT_LOOP_LOOKS_EVERY_MS = 100;

type Series<L extends string> = readonly (readonly [labels: Readonly<Record<L, string>>, value: number])[];

export class Metrics {
  private readonly gauges = new Map<string, (() => Series<string>)[]>();
  readonly registry = new Registry();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({
      register: this.registry,
      prefix: 'foldline_',
      eventLoopMonitoringPrecision: EVENT_LOOP_LOOKS_EVERY_MS,
    });
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: `foldline_${name}`, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** A name given again is the one there is. */
  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets: readonly number[] = SECONDS,
  ): Histogram<L> {
    const known = this.registry.getSingleMetric(`foldline_${name}`);
    if (known instanceof Histogram) return known as Histogram<L>;
    return new Histogram({
      name: `foldline_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }

  /** Read when it is scraped: `[labels, value]` for each series there is now. A name given again adds to its series. */
  gauge<L extends string>(name: string, help: string, labelNames: readonly L[], read: () => Series<L>): void {
    const known = this.gauges.get(name);
    if (known) return void known.push(read);
    const reads: (() => Series<string>)[] = [read];
    this.gauges.set(name, reads);
    new Gauge({
      name: `foldline_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of reads.flatMap(each => each())) this.set(labels as Record<L, string>, value);
      },
    });
  }
}
