/** Passes requests on and answers back as they are, answers as streams; speaks for itself only when nobody behind answers. */
import type { IncomingHttpHeaders } from 'node:http';
import replyFrom from '@fastify/reply-from';
import { problem, sendProblem } from '@foldline/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayConfig } from './gateway.settings';
import { routesOf } from './routing';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** What a client may not say about itself: who it is on the network, and where it came from. */
const CLAIMS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'via',
];

function passedOn({ ip, context, protocol }: FastifyRequest, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = { ...headers };
  for (const claim of CLAIMS) delete passed[claim];
  return {
    ...passed,
    'x-forwarded-for': ip,
    'x-forwarded-proto': protocol,
    traceparent: context.traceparent,
    'x-request-id': context.requestId,
  };
}

/** The bytes as they came: what they mean is for the service behind to say. */
function bodyOf({ method, body, headers }: FastifyRequest): { body?: Buffer; contentType?: string } {
  if (method === 'GET' || !Buffer.isBuffer(body)) return {};
  return { body, contentType: headers['content-type'] ?? 'application/octet-stream' };
}

const TIMED_OUT = /TIMEOUT/;

export async function registerProxy(instance: FastifyInstance, config: GatewayConfig): Promise<void> {
  await instance.register(replyFrom, {
    disableRequestLogging: true,
    // Repeating is the caller's decision: it has an Idempotency-Key for that.
    retryMethods: [],
    maxRetriesOn503: 0,
    undici: {
      connections: 64,
      pipelining: 1,
      headersTimeout: config.UPSTREAM_TIMEOUT_MS,
      bodyTimeout: config.UPSTREAM_TIMEOUT_MS,
      keepAliveTimeout: 30_000,
    },
  } as never);
  const onError = (reply: FastifyReply, { error }: { error: Error & { code?: string } }): void => {
    const code = TIMED_OUT.test(error.code ?? error.message) ? 'gateway-timeout' : 'bad-gateway';
    reply.request.log.warn?.({ code: error.code }, 'the service behind did not answer');
    sendProblem(reply.request, reply, problem(code), config.PUBLIC_URL);
  };
  for (const [pattern, base] of routesOf(config)) {
    instance.route({
      method: [...METHODS],
      url: pattern,
      handler: (request, reply) => {
        const { url } = request.raw;
        void reply.from(`${base}${url}`, {
          rewriteRequestHeaders: (_: unknown, headers: IncomingHttpHeaders) => passedOn(request, headers),
          onError,
          ...bodyOf(request),
        } as never);
        return reply;
      },
    });
  }
}
