/** The end of taking requests: what is being answered is finished, in bounded time, and nobody is invited to stay. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Kit } from '../kit';
import type { Readiness } from './readiness';

/** While draining every answer ends its connection, so that a client's next request goes to another replica. */
export function sayGoodbye(instance: FastifyInstance, readiness: Readiness): void {
  instance.addHook('onSend', (_, reply, payload, done) => {
    if (readiness.draining) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/**
 * Lets other services' requests in when their broker is `reached`; nobody waits for that, since commands work without it.
 * Gives what a stop must wait for: a client that is just connecting would outlive the service.
 */
export function openToServices(
  app: NestFastifyApplication,
  reached: Promise<unknown>,
  { readiness, log }: Kit,
): () => Promise<unknown> {
  let opening: Promise<unknown> = Promise.resolve();
  void reached.then(() => {
    if (readiness.draining) return;
    opening = app
      .startAllMicroservices()
      .catch((error: unknown) => log.warn({ err: error }, 'requests of other services cannot arrive'));
  });
  return () => Promise.race([opening, pause(1000, undefined, { ref: false })]);
}

/** After `graceMs` a caller that still waits, for a read model say, is cut off: it can ask another replica. */
export async function stopIntake(
  app: NestFastifyApplication,
  graceMs: number,
  opened: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const instance = app.getHttpAdapter().getInstance();
  const closed = Promise.resolve(instance.close())
    .then(opened)
    .then(() => app.close());
  await Promise.race([closed, pause(graceMs, undefined, { ref: false })]);
  instance.server.closeAllConnections();
  await closed;
}
