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

it('work is a span below what it belongs to', async () => {
  const tracing = await startTracing('things', ENDPOINT);
  tracing.record('decide', `00-${TRACE}-${PARENT}-01`, Date.now() - 5, Date.now(), { events: 1 });
  await tracing.stop();
  expect(received().find(span => span.name === 'decide')).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
});

it('what its caller does not record is not recorded here, nor by who is called', async () => {
  const service = await startKitApp({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT });
  const trace = TRACE.replace('4b', '5c');
  const { body } = await callOn(service)('GET', '/things', { headers: { traceparent: `00-${trace}-${PARENT}-00` } });
  await service.stop();
  expect(body.context.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  expect(received().filter(({ traceId }) => traceId === trace)).toEqual([]);
});

it('without a collector nothing is recorded', async () => {
  const tracing = await startTracing('things', undefined);
  tracing.record('decide', undefined, 0, 1);
  await tracing.stop();
});
