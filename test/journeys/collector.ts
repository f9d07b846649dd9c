/** An OpenTelemetry collector of the test's own: keeps what is sent to it, OTLP over HTTP in JSON. */
import { createServer, type Server } from 'node:http';

export interface SentSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<SentSpan, 'service'>[] }[];
  }[];
}

export class Collector {
  /** Every body as it came. */
  readonly texts: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        if (request.url === '/v1/traces') this.texts.push(text);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(port: number): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>(done => collector.server.listen(port, '127.0.0.1', done));
    return collector;
  }

  spansOf(traceId: string): SentSpan[] {
    return this.texts
      .flatMap(text => (JSON.parse(text) as Sent).resourceSpans)
      .flatMap(({ resource, scopeSpans }) => {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        return scopeSpans.flatMap(({ spans }) => spans.map(span => ({ ...span, service })));
      })
      .filter(span => span.traceId === traceId);
  }

  /** Takes connections and never answers on them any more. */
  async die(): Promise<void> {
    this.server.removeAllListeners('request');
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise(done => this.server.close(done));
  }
}
