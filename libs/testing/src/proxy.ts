/** A TCP proxy that misbehaves on demand: between a service and its database or broker. */
import { connect, createServer, type Server, type Socket } from 'node:net';

type Way = 'both' | 'toServer' | 'toClient';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class Proxy {
  /** How often a fault touched bytes or connections; a test asserts that it is not 0. */
  fired = 0;
  private readonly pairs = new Set<Pair>();
  private silent: Way | undefined;
  private delayMs = 0;
  private refusing = false;
  private swallow: { marker: Buffer; left: number } | undefined;
  private lost: Buffer | undefined;

  private constructor(
    private readonly listener: Server,
    private readonly target: { host: string; port: number },
  ) {}

  static async to(port: number, host = '127.0.0.1'): Promise<Proxy> {
    const listener = createServer();
    const proxy = new Proxy(listener, { host, port });
    listener.on('connection', socket => proxy.accept(socket));
    await new Promise<void>(done => listener.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as { port: number }).port;
  }

  /** The target's URL with this proxy's port. */
  urlFor(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.toString();
  }

  /** Resets every open connection, as a crashed host does. */
  reset(): void {
    for (const { client, server } of this.pairs) {
      this.fired += 1;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Closes every open connection in an orderly way. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      this.fired += 1;
      client.end();
      server.end();
    }
  }

  /** New connections are reset at once until `heal`. */
  refuse(): void {
    this.refusing = true;
    this.reset();
  }

  /** Connections stay open and nothing passes, one way or both, until `heal`: a half-open link. */
  blackHole(way: Way = 'both'): void {
    this.silent = way;
  }

  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** The next `times` client messages that contain the marker reach the server; every answer after that is lost and the client is reset. */
  swallowReplyTo(marker: string, times = 1): void {
    this.swallow = { marker: Buffer.from(marker), left: times };
  }

  /** Client messages that contain the marker never arrive, nor does anything after them on their connection, which stays open. */
  lose(marker: string): void {
    this.lost = Buffer.from(marker);
  }

  heal(): void {
    this.silent = undefined;
    this.lost = undefined;
    this.delayMs = 0;
    this.refusing = false;
    this.swallow = undefined;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise(done => this.listener.close(done));
  }

  private accept(client: Socket): void {
    if (this.refusing) {
      this.fired += 1;
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.target);
    const pair = { client, server };
    const state = { swallowing: false, losing: false };
    this.pairs.add(pair);
    client.on('data', chunk => {
      if (this.swallow && this.swallow.left > 0 && chunk.includes(this.swallow.marker)) {
        this.swallow.left -= 1;
        this.fired += 1;
        state.swallowing = true;
        setTimeout(() => client.resetAndDestroy(), 100);
      }
      state.losing ||= this.lost !== undefined && chunk.includes(this.lost);
      if (state.losing) this.fired += 1;
      else this.pass(chunk, server, 'toServer');
    });
    server.on('data', chunk => {
      if (!state.swallowing) this.pass(chunk, client, 'toClient');
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      from.on('end', () => to.end());
    }
  }

  private pass(chunk: Buffer, to: Socket, way: Exclude<Way, 'both'>): void {
    if (this.silent === 'both' || this.silent === way) {
      this.fired += 1;
      return;
    }
    if (this.delayMs === 0) {
      to.write(chunk);
      return;
    }
    this.fired += 1;
    setTimeout(() => {
      if (!to.destroyed) to.write(chunk);
    }, this.delayMs);
  }
}
