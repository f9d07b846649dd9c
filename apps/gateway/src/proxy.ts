/** Passes requests on and answers back as they are; speaks for itself only when nobody behind answers. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import replyFrom from '@fastify/reply-from';
import { problem, sendProblem, type Logger } from '@foldline/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayConfig } from './gateway.settings';
import { passedBack, passedOn } from './passed-headers';
import type { Replicas } from './replicas';
import { routesOf } from './routing';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** Scheme and host of the absolute form (RFC 9112, 3.2.2), as the router strips them; then the path and the query. */
const ABSOLUTE = /^https?:\/\/.*?\//;
const TARGET = /^([^?#]*)(?:\?([^#]*))?/;

/** Where a request goes behind the gateway, whatever host it names; the query stays as it was written. */
function targetOf({ raw }: FastifyRequest): { path: string; query: string } {
  const [, path = '', query = ''] = TARGET.exec((raw.url ?? '').replace(ABSOLUTE, '/')) ?? [];
  return { path, query };
}

/** The bytes as they came: what they mean is for the service behind to say. */
function bodyOf({ method, body, headers }: FastifyRequest): { body?: Buffer; contentType?: string } {
  if (method === 'GET' || !Buffer.isBuffer(body)) return {};
  return { body, contentType: headers['content-type'] ?? 'application/octet-stream' };
}

/** Up to here an answer is sent in one piece: a stream between two sockets costs more than all else that is done for it. */
const SMALL_BYTES = 65_536;

/** As undici gives it. */
interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: Readable & { bytes(): Promise<Uint8Array> };
}

const isSmall = ({ method }: FastifyRequest, { statusCode, headers }: Answer): boolean =>
  method !== 'HEAD' && statusCode !== 304 && Number(headers['content-length']) <= SMALL_BYTES;

/** A large answer passes as it comes; of a small one that breaks off behind nothing has been sent, and nothing is. */
function passBack(reply: FastifyReply, answer: Answer, brokeOff: (error: Error) => void): void {
  if (!isSmall(reply.request, answer)) return void reply.send(answer.stream);
  answer.stream.bytes().then(
    bytes => void reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    (error: Error) => {
      for (const name of Object.keys(answer.headers)) reply.removeHeader(name);
      brokeOff(error);
    },
  );
}

/** As reply-from tells it; what undici or the system said is its cause. */
type Failure = Error & { readonly code?: string };
const codeOf = (error: Failure): string => ((error.cause as Failure | undefined) ?? error).code ?? error.message;

const TIMED_OUT = /TIMEOUT/;
/** No connection came about: nothing was sent. */
const NOT_REACHED = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/;

/** What may have been done behind is the caller's to repeat, who has an Idempotency-Key for that. What takes its time would take it again. */
const mayGoToAnother = ({ method }: FastifyRequest, code: string): boolean =>
  NOT_REACHED.test(code) || ((method === 'GET' || method === 'HEAD') && !TIMED_OUT.test(code));

export async function registerProxy(instance: FastifyInstance, config: GatewayConfig, log: Logger): Promise<void> {
  await instance.register(replyFrom, {
    disableRequestLogging: true,
    // What may be repeated, `mayGoToAnother` decides.
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
  function pass(request: FastifyRequest, reply: FastifyReply, replicas: Replicas, tried: readonly string[]): boolean {
    const base = replicas.next(tried);
    if (base === undefined) return false;
    const { path, query } = targetOf(request);
    const failed = (error: Failure): void => {
      const { traceId } = request.context;
      log.warn({ traceId, upstream: base, reason: error.message }, 'a service did not answer');
      const code = codeOf(error);
      if (NOT_REACHED.test(code)) replicas.leaveOut(base);
      if (mayGoToAnother(request, code) && pass(request, reply, replicas, [...tried, base])) return;
      const kind = TIMED_OUT.test(code) ? 'gateway-timeout' : 'bad-gateway';
      sendProblem(request, reply, problem(kind), config.PUBLIC_URL);
    };
    void reply.from(`${base}${path}`, {
      queryString: () => query,
      rewriteHeaders: passedBack,
      rewriteRequestHeaders: (_: unknown, headers: IncomingHttpHeaders) => passedOn(request, headers),
      onError: (_: unknown, { error }: { error: Failure }) => failed(error),
      onResponse: (_: unknown, __: unknown, answer: Answer) => passBack(reply, answer, failed),
      ...bodyOf(request),
    } as never);
    return true;
  }
  for (const [pattern, replicasFor] of routesOf(config)) {
    instance.route({
      method: [...METHODS],
      url: pattern,
      handler: (request, reply) => {
        pass(request, reply, replicasFor(request), []);
        return reply;
      },
    });
  }
}
