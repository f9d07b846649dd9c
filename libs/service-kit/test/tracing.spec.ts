/** With a collector, a request is a span in its caller's trace, and what it causes hangs below that span; without one, nothing is loaded. */
import { startTracing } from '@foldline/service-kit';
import { callOn, startKitApp } from './kit-app';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const ENDPOINT = 'http://127.0.0.1:4318';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}
const mockReceived: { to: string; span: Span }[] = [];

// The real one loads its parts by import(), which the test runner cannot follow.
jest.mock('@opentelemetry/exporter-trace-otlp-http', () => ({
  OTLPTraceExporter: class {
    constructor(private readonly settings: { url: string }) {}
    export(
      spans: readonly { name: string; spanContext(): Span; parentSpanContext?: Span }[],
      done: (result: { code: number }) => void,
    ): void {
      for (const { name, spanContext, parentSpanContext } of spans.map(span => ({
        ...span,
        name: span.name,
        spanContext: span.spanContext(),
      })))
        mockReceived.push({
          to: this.settings.url,
          span: { ...spanContext, name, parentSpanId: parentSpanContext?.spanId },
        });
      done({ code: 0 });
    }
    async shutdown(): Promise<void> {}
  },
}));
const received = (): readonly Span[] => mockReceived.map(({ span }) => span);

it('a request is a span of its caller, and events are stored as caused by that span', async () => {
  const service = await startKitApp({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT });
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  const { body } = await callOn(service)('GET', '/things', { headers });
  const began = await callOn(service)('GET', '/things');
  await service.stop();
  const span = received().find(({ traceId }) => traceId === TRACE)!;
  expect(span).toMatchObject({ name: 'GET /things', parentSpanId: PARENT });
  expect(body.context.traceparent).toBe(`00-${TRACE}-${span.spanId}-01`);
  expect(received().map(({ traceId }) => traceId)).toContain(began.body.context.traceId);
  expect(mockReceived[0]!.to).toBe(`${ENDPOINT}/v1/traces`);
});

it('work is a span below what it belongs to, also when it fails', async () => {
  const tracing = await startTracing('things', ENDPOINT);
  const traceparent = `00-${TRACE}-${PARENT}-01`;
  expect(await tracing.within('project', async () => 7, traceparent)).toBe(7);
  await expect(tracing.within('append', async () => Promise.reject(new Error('no')), traceparent)).rejects.toThrow(
    'no',
  );
  tracing.record('decide', traceparent, Date.now() - 5, Date.now(), { events: 1 });
  await tracing.stop();
  for (const name of ['project', 'append', 'decide'])
    expect(received().find(span => span.name === name)).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
});

it('without a collector work is only done', async () => {
  const tracing = await startTracing('things', undefined);
  expect(await tracing.within('project', async () => 7)).toBe(7);
  tracing.record('decide', undefined, 0, 1);
  await tracing.stop();
});
