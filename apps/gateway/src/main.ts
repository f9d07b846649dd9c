/** Starts the gateway. */
import { configOrExit, makeLogger, startBegins, startIsOver, stopOnSignals } from '@foldline/service-kit';
import { startGateway } from './gateway.module';
import { gatewaySettings } from './gateway.settings';

startBegins();
const config = configOrExit(gatewaySettings);

startGateway(config).then(
  ({ kit, stop }) => {
    startIsOver();
    stopOnSignals(
      kit.log,
      { delayMs: config.SHUTDOWN_DELAY_MS, deadlineMs: config.SHUTDOWN_DEADLINE_MS },
      () => (kit.readiness.draining = true),
      stop,
    );
  },
  (error: unknown) => {
    makeLogger('gateway', config.LOG_LEVEL).fatal({ err: error }, 'could not start');
    process.exit(1);
  },
);
