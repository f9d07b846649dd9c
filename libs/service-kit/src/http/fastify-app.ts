/** The Fastify server under every service: limits, strict bodies, request context, safe headers. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  commonProblems,
  problem,
  problemDocument,
  problemOfStatus,
  ProblemException,
  type CommonProblem,
} from '../problems/problem';
import { AllowedMethods } from './allowed-methods';
import { readJsonBody } from './json-body';
import { contextOf, runInContext, type RequestContext } from './request-context';

export interface HttpSettings {
  readonly publicUrl: string;
  readonly bodyLimitBytes: number;
  /** For a server that also answers pages: no check of Accept, no `no-store`. */
  readonly servesPages?: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
  }
  interface FastifyInstance {
    allowedMethods: AllowedMethods;
  }
}

const LIMITS = { headerBytes: 16_384, headersMs: 10_000, requestMs: 15_000, keepAliveMs: 72_000 };

/** What the parser of node:http refuses never becomes a request: answered by hand, and the connection closed. */
function refuseConnection(publicUrl: string) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const code: CommonProblem =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? 'headers-too-large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? 'request-timeout'
          : 'bad-request';
    const { traceId } = contextOf({});
    const body = JSON.stringify(problemDocument(problem(code), { publicUrl, instance: '', traceId }));
    const { status } = commonProblems[code];
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  };
}

const ACCEPTABLE = /(^|,)\s*(\*\/\*|application\/(\*|json|problem\+json|[\w.-]+\+json))\s*($|[;,])/i;

/** Sends a problem where Nest's filter does not reach. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  exception: ProblemException,
  publicUrl: string,
): void {
  const { traceId } = request.context ?? contextOf({});
  void reply
    .code(exception.kind.status)
    .headers({ ...exception.details.headers, 'content-type': 'application/problem+json; charset=utf-8' })
    .serializer((text: unknown) => text as string)
    .send(
      JSON.stringify(problemDocument(exception, { publicUrl, instance: request.url.split('?')[0] ?? '', traceId })),
    );
}

function parseJson(request: FastifyRequest, body: string | Buffer): unknown {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset && !/^utf-?8$/i.test(charset))
    throw problem('unsupported-media-type', { detail: 'The body must be in UTF-8.' });
  if (request.headers['content-encoding'])
    throw problem('unsupported-media-type', { detail: 'A compressed body is not read.' });
  return readJsonBody(body as Buffer);
}

function prepare(instance: FastifyInstance, { servesPages = false, publicUrl }: HttpSettings): void {
  const allowed = new AllowedMethods();
  instance.decorate('allowedMethods', allowed);
  instance.decorateRequest('context', null as unknown as RequestContext);
  instance.addHook('onRoute', ({ url, method }) => allowed.add(url, [method].flat()));
  instance.addHook('onRequest', (request, reply, done) => {
    request.context = contextOf(request.headers);
    void reply.header('x-request-id', request.context.requestId).header('x-content-type-options', 'nosniff');
    if (!servesPages) void reply.header('cache-control', 'no-store');
    const { accept } = request.headers;
    if (!servesPages && accept && !ACCEPTABLE.test(accept))
      return sendProblem(request, reply, problem('not-acceptable'), publicUrl);
    runInContext(request.context, done);
  });
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseJson(request, body));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** An adapter ready for `NestFactory.create(module, adapter, { bodyParser: false })`. */
export function fastifyAdapter(settings: HttpSettings): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: settings.bodyLimitBytes,
    // Only our own code says who the client is: the gateway replaces what came from outside.
    trustProxy: false,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    http: { maxHeaderSize: LIMITS.headerBytes, headersTimeout: LIMITS.headersMs, requireHostHeader: true },
    clientErrorHandler: refuseConnection(settings.publicUrl),
    frameworkErrors: (error: { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, problemOfStatus(error.statusCode ?? 400), settings.publicUrl),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  prepare(
    adapter.getInstance<FastifyInstance<Server, IncomingMessage, ServerResponse>>() as unknown as FastifyInstance,
    settings,
  );
  return adapter as unknown as FastifyAdapter;
}
