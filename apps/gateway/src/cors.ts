/** Lets pages of named origins call from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol). */
import type { FastifyInstance } from 'fastify';
import { vary } from './compression';

const EXPOSED =
  'Consistency-Token, ETag, Link, Location, Retry-After, Idempotent-Replayed, Idempotency-Key, Preference-Applied, RateLimit, X-Request-Id';
const ACCEPTED =
  'Authorization, Content-Type, Consistency-Token, Idempotency-Key, If-Match, If-None-Match, Prefer, Traceparent, X-Request-Id';

export function allowOrigins(instance: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins.map(origin => new URL(origin).origin));
  instance.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!origin || !allowed.has(origin)) return isPreflight ? void reply.code(403).send() : done();
    void reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
    if (!isPreflight) return done();
    void reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers': ACCEPTED,
        'access-control-max-age': '600',
      })
      .send();
  });
  // At the end: an answer from behind brings a Vary of its own.
  if (allowed.size > 0)
    instance.addHook('onSend', (_, reply, payload, done) => {
      vary(reply, 'origin');
      done(null, payload);
    });
  // A preflight finds a route, so that the hook above runs for it.
  instance.options('/*', async (_, reply) =>
    reply.code(204).header('allow', 'GET, POST, PATCH, DELETE, OPTIONS').send(),
  );
}
