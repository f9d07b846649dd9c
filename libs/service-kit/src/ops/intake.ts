/** The end of taking requests: what is being answered is finished, in bounded time, and nobody is invited to stay. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from './readiness';

/** While draining every answer ends its connection, so that a client's next request goes to another replica. */
export function sayGoodbye(instance: FastifyInstance, readiness: Readiness): void {
  instance.addHook('onSend', (_, reply, payload, done) => {
    if (readiness.draining) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/** After `graceMs` a caller that still waits, for a read model say, is cut off: it can ask another replica. */
export async function stopIntake(app: NestFastifyApplication, graceMs: number): Promise<void> {
  const instance = app.getHttpAdapter().getInstance();
  const closed = Promise.resolve(instance.close()).then(() => app.close());
  await Promise.race([closed, pause(graceMs, undefined, { ref: false })]);
  instance.server.closeAllConnections();
  await closed;
}
