/** `/livez`, `/readyz` and `/metrics`: for operators, on the service's own port. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics';
import type { Readiness } from './readiness';

export function operatorRoutes(instance: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  instance.get('/livez', async () => ({ status: 'live' }));
  instance.get('/readyz', async (_, reply) => {
    const report = await readiness.report();
    return reply
      .code(report.ready ? 200 : 503)
      .send({ status: report.ready ? 'ready' : 'not ready', checks: report.checks });
  });
  instance.get('/metrics', async (_, reply) =>
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
