/** Stops a service in the order that loses nothing: no new work, finish what is open, then let go of broker and stores. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** In this order. Within a stage everything stops at once. */
export const STAGES = ['intake', 'runners', 'relay', 'transport', 'stores'] as const;
export type Stage = (typeof STAGES)[number];

export class Shutdown {
  private readonly closers = new Map<Stage, (() => Promise<unknown>)[]>();
  private closing: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  on(stage: Stage, close: () => Promise<unknown>): void {
    this.closers.set(stage, [...(this.closers.get(stage) ?? []), close]);
  }

  /** Runs every stage once; a closer that fails is logged and does not stop the others. */
  run(): Promise<void> {
    this.closing ??= this.runStages();
    return this.closing;
  }

  private async runStages(): Promise<void> {
    for (const stage of STAGES) {
      const outcomes = await Promise.allSettled((this.closers.get(stage) ?? []).map(close => close()));
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') this.log.warn({ stage, err: outcome.reason as Error }, 'closing failed');
    }
  }
}

/** SIGTERM and SIGINT stop the process with 0; a second signal or the deadline ends it with 1. */
export function stopOnSignals(
  log: Logger,
  settings: { delayMs: number; deadlineMs: number },
  drain: () => void,
  stop: () => Promise<void>,
  host: Pick<NodeJS.Process, 'on' | 'exit'> = process,
): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) return host.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    drain();
    setTimeout(() => {
      log.error('stopping took too long');
      host.exit(1);
    }, settings.delayMs + settings.deadlineMs).unref();
    void pause(settings.delayMs)
      .then(stop)
      .then(
        () => host.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          host.exit(1);
        },
      );
  };
  host.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  // What nobody caught leaves the process in a state nobody knows: the supervisor starts a clean one.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    host.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'nobody handled an error');
      host.exit(1);
    });
  }
}
