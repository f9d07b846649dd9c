/** What every service is given to build itself with. */
import type { Logger } from 'pino';
import { Metrics } from './ops/metrics';
import { Readiness } from './ops/readiness';
import { Shutdown } from './ops/shutdown';
import type { Tracing } from './ops/tracing';

export interface Kit {
  readonly service: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly shutdown: Shutdown;
  readonly tracing: Tracing;
}

export const makeKit = (service: string, log: Logger, tracing: Tracing): Kit => ({
  service,
  log,
  tracing,
  metrics: new Metrics(service),
  readiness: new Readiness(),
  shutdown: new Shutdown(log),
});
