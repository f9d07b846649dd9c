/** The Fastify server under every service: limits, strict bodies, request context, safe headers. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, problemDocument, problemOfStatus, type ProblemException } from '../problems/problem';
import { answerConditionally } from '../headers/caching';
import { Admission } from './admission';
import { AllowedMethods } from './allowed-methods';
import { hasInheritedName, readJsonBody } from './json-body';
import { refuseConnection } from './refuse-connection';
import { contextOf, type RequestContext } from './request-context';

export interface HttpSettings {
  readonly publicUrl: string;
  readonly bodyLimitBytes: number;
  /** For a server that also answers pages: no check of Accept, no `no-store`. */
  readonly servesPages?: boolean;
  readonly maxOpenRequests?: number;
  /** From the first byte to the end of the headers, and to the end of the body. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
  }
  interface FastifyInstance {
    allowedMethods: AllowedMethods;
  }
}

const LIMITS = { headerBytes: 16_384, headersMs: 10_000, requestMs: 15_000, keepAliveMs: 72_000, open: 4096 };
/** How often node:http looks for connections that are over their time; its own 30 s would let them stay that long. */
const LOOK_EVERY_MS = 1000;

/** Sends a problem where Nest's filter does not reach. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  exception: ProblemException,
  publicUrl: string,
): void {
  // A request that was refused before any hook ran has no context yet.
  const { traceId, requestId } = (request.context ??= contextOf(request.headers));
  void reply
    .code(exception.kind.status)
    .headers({
      ...exception.details.headers,
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': requestId,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
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

function prepare(instance: FastifyInstance, settings: HttpSettings, allowed: AllowedMethods): void {
  const { servesPages = false, publicUrl, maxOpenRequests = LIMITS.open } = settings;
  const admission = new Admission({ servesPages, maxOpenRequests });
  instance.decorate('allowedMethods', allowed);
  instance.decorateRequest('context', null as unknown as RequestContext);
  instance.addHook('onRoute', ({ url, method }) => allowed.add(url, [method].flat()));
  admission.count(instance);
  answerConditionally(instance);
  instance.addHook('onRequest', (request, reply, done) => {
    request.context = contextOf(request.headers);
    void reply.header('x-request-id', request.context.requestId).header('x-content-type-options', 'nosniff');
    if (!servesPages) void reply.header('cache-control', 'no-store');
    const refusal = admission.refusal(request);
    if (refusal) return sendProblem(request, reply, refusal, publicUrl);
    done();
  });
  instance.addHook('preValidation', (request, reply, done) => {
    if (Object.keys(request.query as object).some(hasInheritedName))
      return sendProblem(
        request,
        reply,
        problem('bad-request', { detail: 'The query has a name that is not allowed.' }),
        publicUrl,
      );
    done();
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
  const allowed = new AllowedMethods();
  const adapter = new FastifyAdapter({
    bodyLimit: settings.bodyLimitBytes,
    // Only our own code says who the client is: the gateway replaces what came from outside.
    trustProxy: false,
    requestTimeout: settings.requestTimeoutMs ?? LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    http: {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: settings.headersTimeoutMs ?? LIMITS.headersMs,
      connectionsCheckingInterval: LOOK_EVERY_MS,
      requireHostHeader: true,
    },
    clientErrorHandler: refuseConnection(settings.publicUrl, allowed),
    frameworkErrors: (error: { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, problemOfStatus(error.statusCode ?? 400), settings.publicUrl),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  prepare(
    adapter.getInstance<FastifyInstance<Server, IncomingMessage, ServerResponse>>() as unknown as FastifyInstance,
    settings,
    allowed,
  );
  return adapter as unknown as FastifyAdapter;
}
