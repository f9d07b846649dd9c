/** The one public port: routes, limits by address, pages. It decides nothing about the shop. */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  fastifyAdapter,
  makeKit,
  makeLogger,
  measureRequests,
  NestLogger,
  ProblemFilter,
  problem,
  ProblemException,
  problemOfStatus,
  RateLimit,
  sayGoodbye,
  sendProblem,
  startTracing,
  stopIntake,
  type Kit,
} from '@foldline/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { listenForOperators } from './admin';
import { compressAnswers } from './compression';
import { allowOrigins } from './cors';
import type { GatewayConfig } from './gateway.settings';
import { registerPages } from './pages';
import { registerProxy } from './proxy';

@Module({})
class GatewayModule {}

export interface RunningGateway {
  readonly url: string;
  readonly kit: Kit;
  stop(): Promise<void>;
}

function limitByAddress(instance: FastifyInstance, { REQUESTS_PER_ADDRESS, PUBLIC_URL }: GatewayConfig): void {
  const limit = new RateLimit({ name: 'address', points: REQUESTS_PER_ADDRESS, seconds: 60 });
  instance.addHook('onRequest', async (request, reply) => {
    try {
      await limit.use(request.ip, reply);
    } catch (error) {
      if (!(error instanceof ProblemException)) throw error;
      sendProblem(request, reply, error, PUBLIC_URL);
      return reply;
    }
    return undefined;
  });
}

/** Probes of a container or a launcher; what is wrong in detail is told on the admin port only. */
function publicProbes(instance: FastifyInstance, { readiness }: Kit): void {
  const always = { config: { forOperators: true } };
  instance.get('/livez', always, async () => ({ status: 'live' }));
  instance.get('/readyz', always, async (_, reply) => {
    const { ready } = await readiness.report();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
}

/** Of what Fastify or a plugin refuses, the problem by its status; of what nobody foresaw, nothing but that it happened. */
function understood(error: unknown, { raw: answer, request }: FastifyReply, { log }: Kit): ProblemException {
  if (error instanceof ProblemException) return error;
  const { statusCode, name } = (error ?? {}) as { statusCode?: number; name?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problemOfStatus(statusCode);
  const traceId = request.context?.traceId;
  // What was on its way to a caller who is gone is broken off, and says so.
  if (name === 'AbortError' && answer.destroyed) log.info({ traceId }, 'the caller hung up');
  else log.error({ traceId, err: error }, 'request failed');
  return problem('internal-error');
}

export async function startGateway(config: GatewayConfig): Promise<RunningGateway> {
  const log = makeLogger('gateway', config.LOG_LEVEL);
  const kit = makeKit('gateway', log, await startTracing('gateway', config.OTEL_EXPORTER_OTLP_ENDPOINT));
  const adapter = fastifyAdapter({
    publicUrl: config.PUBLIC_URL,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    maxOpenRequests: config.MAX_OPEN_REQUESTS,
    servesPages: true,
  });
  const instance = adapter.getInstance() as unknown as FastifyInstance;
  instance.removeAllContentTypeParsers();
  // Read whole before anything is passed on: a slow or oversized body costs the services nothing.
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  if (config.PUBLIC_URL.startsWith('https:'))
    instance.addHook(
      'onRequest',
      async (_, reply) => void reply.header('strict-transport-security', 'max-age=31536000'),
    );
  kit.tracing.onRequests(instance);
  measureRequests(instance, kit.metrics);
  sayGoodbye(instance, kit.readiness);
  compressAnswers(instance);
  allowOrigins(instance, config.CORS_ORIGINS);
  limitByAddress(instance, config);
  publicProbes(instance, kit);
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule, adapter, {
    bodyParser: false,
    logger: new NestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(config.PUBLIC_URL, log));
  await instance.register(async routes => {
    routes.setErrorHandler((error, request, reply) =>
      sendProblem(request, reply, understood(error, reply, kit), config.PUBLIC_URL),
    );
    await registerProxy(routes, config, log);
    await registerPages(routes, config.PUBLIC_URL);
  });
  await app.init();
  await listenForOperators(config, kit);
  await app.listen(config.PORT, config.HOST);
  kit.shutdown.on('intake', () => stopIntake(app, config.SHUTDOWN_DEADLINE_MS / 2));
  kit.shutdown.on('stores', () => kit.tracing.stop());
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  log.info({ url }, 'listening');
  const stop = (): Promise<void> => {
    kit.readiness.draining = true;
    return kit.shutdown.run();
  };
  return { url, kit, stop };
}
