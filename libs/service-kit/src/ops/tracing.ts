/** Spans to an OpenTelemetry collector, where one is configured; loaded only then. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Span, Tracer } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

export interface Tracing {
  /** False where nothing is exported: what would only be told to `record` need not be made. */
  readonly on: boolean;
  /** A span of its own, linked into the trace that `traceparent` names. Times are epoch milliseconds. */
  record(
    name: string,
    traceparent: string | undefined,
    startedAt: number,
    endedAt: number,
    attributes?: Record<string, string | number>,
  ): void;
  onRequests(instance: FastifyInstance): void;
  stop(): Promise<void>;
}

const LAST_SPANS_MS = 1000;

const off: Tracing = {
  on: false,
  record: () => undefined,
  onRequests: () => undefined,
  stop: async () => undefined,
};

/** `endpoint` as OTEL_EXPORTER_OTLP_ENDPOINT: the collector's base URL for OTLP over HTTP. */
export async function startTracing(service: string, endpoint: string | undefined): Promise<Tracing> {
  if (!endpoint) return off;
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }, api] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/api'),
    ]);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })),
    ],
  });
  const tracer: Tracer = provider.getTracer('foldline');
  const parent = (traceparent?: string) => {
    const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
    return traceId && spanId
      ? api.trace.setSpanContext(api.ROOT_CONTEXT, {
          traceId,
          spanId,
          traceFlags: Number.parseInt(flags!, 16),
          isRemote: true,
        })
      : api.ROOT_CONTEXT;
  };
  const open = new WeakMap<object, Span>();
  return {
    on: true,
    record: (name, traceparent, startedAt, endedAt, attributes = {}) =>
      tracer.startSpan(name, { startTime: startedAt, attributes }, parent(traceparent)).end(endedAt),
    onRequests: instance => {
      instance.addHook('onRequest', (request, _, done) => {
        const span = tracer.startSpan(
          `${request.method} ${request.routeOptions.url ?? ''}`,
          { kind: api.SpanKind.SERVER },
          parent(request.headers['traceparent'] as string | undefined),
        );
        open.set(request, span);
        // What the request writes is caused by this span: events and calls to others name it, not one nobody recorded.
        const { traceId, spanId, traceFlags } = span.spanContext();
        const traceparent = `00-${traceId}-${spanId}-0${traceFlags & 1}`;
        request.context = { ...request.context, traceId, traceparent };
        done();
      });
      instance.addHook('onResponse', (request, reply, done) => {
        open.get(request)?.setAttribute('http.response.status_code', reply.statusCode).end();
        done();
      });
    },
    // A collector that is down must not keep the process from ending in time.
    stop: () => Promise.race([provider.shutdown(), pause(LAST_SPANS_MS, undefined, { ref: false })]),
  };
}
