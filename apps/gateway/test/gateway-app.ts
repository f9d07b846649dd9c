/** The gateway as it is started for real, with servers behind it that tell what reached them. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { SERVICES } from '@foldline/contracts';
import { readConfig } from '@foldline/service-kit';
import { freePort } from '@foldline/testing';
import { startGateway, type RunningGateway } from '../src/gateway.module';
import { gatewaySettings } from '../src/gateway.settings';

export interface Seen {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a server behind does with a request once it was read whole. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const answerJson: Behaviour = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'consistency-token': 'abc', etag: '"7"' });
  response.end('{"fine":true}');
};

/** A gateway before servers that record; `behave` is what each of them does, and may be changed by a test. */
export class GatewayApp {
  readonly seen: Seen[] = [];
  behave: Behaviour = answerJson;
  private readonly servers: ReturnType<typeof createServer>[] = [];
  private gateway?: RunningGateway;

  static async start(env: Record<string, string> = {}): Promise<GatewayApp> {
    const app = new GatewayApp();
    const addresses: Record<string, string> = {};
    for (const { prefix, database } of SERVICES) addresses[`${prefix}_URL`] = await app.listen(database);
    const config = readConfig(gatewaySettings, {
      PORT: String(await freePort()),
      GATEWAY_ADMIN_PORT: String(await freePort()),
      LOG_LEVEL: 'fatal',
      ...addresses,
      ...env,
    });
    app.gateway = await startGateway(config);
    return app;
  }

  get url(): string {
    return this.gateway!.url;
  }

  get log(): RunningGateway['kit']['log'] {
    return this.gateway!.kit.log;
  }

  get last(): Seen {
    return this.seen.at(-1)!;
  }

  private async listen(service: string): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const { method = '', url = '', headers } = request;
          this.seen.push({ service, method, url, headers, body: Buffer.concat(chunks).toString() });
          this.behave(request, response);
        });
    });
    this.servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', ...init });
  }

  /** Sends bytes on a socket of its own and gives all that came until the gateway closed it. */
  async send(bytes: string): Promise<string> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', chunk => (text += chunk.toString('latin1'))).on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close', { signal: AbortSignal.timeout(2500) }).catch(() => {
      socket.destroy();
      throw new Error(`still open after: ${text}`);
    });
    return text;
  }

  stopGateway(): Promise<void> {
    return this.gateway!.stop();
  }

  async close(): Promise<void> {
    await this.stopGateway();
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    }
  }
}

export async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect([response.status, response.headers.get('content-type')]).toEqual([
    status,
    'application/problem+json; charset=utf-8',
  ]);
  expect(await response.json()).toMatchObject({ status, code, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(response.headers.get('x-request-id')).toBeTruthy();
}
