/** `/livez`, `/readyz` and `/metrics`: for operators, on the service's own port. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { OperatorRoute } from '../http/admission';
import type { Metrics } from './metrics';
import type { Readiness } from './readiness';

const forOperators = { config: { forOperators: true } satisfies OperatorRoute };

export function operatorRoutes(instance: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  instance.get('/livez', forOperators, async () => ({ status: 'live' }));
  instance.get('/readyz', forOperators, async (_, reply) => {
    const report = await readiness.report();
    return reply
      .code(report.ready ? 200 : 503)
      .send({ status: report.ready ? 'ready' : 'not ready', checks: report.checks });
  });
  instance.get('/metrics', forOperators, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

/** Request times by route, never by path: a path holds ids. */
export function measureRequests(instance: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram('http_request_seconds', 'Time from the request to the end of its answer', [
    'method',
    'route',
    'status',
  ]);
  instance.addHook('onResponse', (request, reply, done) => {
    seconds.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
}

/**
 * One line for each change that was made, so that a trace can be followed from its call; with `debug` one for each request.
 * What was refused has a line of its own. No body, query, path or header: those hold what people wrote.
 */
export function logRequests(instance: FastifyInstance, log: Logger): void {
  const all = log.isLevelEnabled('debug');
  if (!log.isLevelEnabled('info')) return;
  const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  instance.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    if (!all && (isRead(method) || reply.statusCode >= 400)) return done();
    const { traceId, requestId } = request.context;
    log[isRead(method) ? 'debug' : 'info'](
      {
        traceId,
        requestId,
        method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        user: request.principal?.userId,
      },
      'request',
    );
    done();
  });
}
