/** The one NATS connection of a process: tried for ever, never in the way of a start. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, nkeyAuthenticator, type ConnectionOptions, type NatsConnection, type NatsError } from 'nats';

export interface NatsSettings {
  /** Comma-separated server URLs; `tls://` or a CA file demands TLS. */
  readonly servers: string;
  /** Seed of the service's nkey. */
  readonly seed?: string | undefined;
  readonly caFile?: string | undefined;
  /** The service: names the connection and its private inboxes. */
  readonly name: string;
}

/** Replies to a service arrive below this; nobody else may subscribe there. */
export const inboxPrefixOf = (name: string): string => `_INBOX_${name}`;

/**
 * Name of a durable consumer: who reads, as what, and which of the generations kept current at once. The server's
 * permissions list these names, so that nobody can touch another's.
 */
export const consumerName = (service: string, reader: string, generation = 0): string =>
  `${service}_${reader}_${generation % 3}`;

/** For this library's own connection and for the one that Nest opens for incoming requests. */
export function connectionOptions({ servers, seed, caFile, name }: NatsSettings): ConnectionOptions {
  return {
    servers: servers.split(',').map(server => server.trim()),
    name,
    inboxPrefix: inboxPrefixOf(name),
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    // A peer that vanished without a word is noticed within about ten seconds.
    pingInterval: 5000,
    maxPingOut: 2,
    timeout: 5000,
    ignoreAuthErrorAbort: true,
    ...(seed && { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }),
    ...(caFile && { tls: { ca: readFileSync(caFile, 'utf8') } }),
  };
}

const FIRST_RETRY_MS = 200;

/** As Node names the ways in which a certificate fails. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|certificate has expired/i, "the broker's certificate has expired: give the broker a new one"],
  [/CERT_NOT_YET_VALID|not yet valid/i, "the broker's certificate is not valid yet: set the clocks right"],
  [
    /ALTNAME|altnames/i,
    "the broker's certificate is for another host: write NATS_URL with a host name (no address) that the certificate is for",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|self.signed|unable to|certificate signature/i,
    "the broker's certificate was signed by an authority that is not trusted here: let NATS_CA_FILE name the certificate of the authority that signed it",
  ],
];

function troubleOf(error: unknown): string {
  const { message, code, chainedError } = error as NatsError & { chainedError?: { code?: string; message?: string } };
  const found = `${code} ${message} ${chainedError?.code ?? ''} ${chainedError?.message ?? ''}`;
  return CURES.find(([pattern]) => pattern.test(found))?.[1] ?? (chainedError?.message || message || String(code));
}

/** Bytes of a message that nats-server carries unless it is told otherwise. */
export const DEFAULT_MAX_PAYLOAD = 1_048_576;

export class NatsLink {
  /** Resolves when the broker was reached for the first time; never, if that did not happen before `stop`. */
  readonly connection: Promise<NatsConnection>;
  private connected: NatsConnection | undefined;
  private isUp = false;
  private lastTrouble: string | undefined;
  private readonly stopping = new AbortController();

  constructor(settings: NatsSettings) {
    const options = { ...connectionOptions(settings), waitOnFirstConnect: false };
    this.connection = new Promise(reached => void this.reach(options, reached));
  }

  /** Whether the broker answers, as far as is known. */
  get up(): boolean {
    return this.isUp;
  }

  /** Why the broker was not reached yet, and what to do where that is known. */
  get trouble(): string | undefined {
    return this.lastTrouble;
  }

  /** The connection if the broker was ever reached. */
  get now(): NatsConnection | undefined {
    return this.connected;
  }

  /** Sends what is on its way, then closes; returns at once where the broker was never reached. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (!this.connected || this.connected.isClosed()) return;
    const closing = this.isUp ? this.connected.drain() : this.connected.close();
    await Promise.race([closing.catch(() => undefined), new Promise(done => setTimeout(done, 2000).unref())]);
    if (!this.connected.isClosed()) await this.connected.close();
  }

  /** The client's own way to wait for a first connection cannot be ended. */
  private async reach(options: ConnectionOptions, reached: (connection: NatsConnection) => void): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const connection = await connect(options).catch((error: unknown) => {
        this.lastTrouble = troubleOf(error);
        return undefined;
      });
      if (connection && signal.aborted) return connection.close();
      if (connection) {
        this.connected = connection;
        this.isUp = true;
        this.lastTrouble = undefined;
        void this.watch(connection);
        return reached(connection);
      }
      await pause(FIRST_RETRY_MS * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect' || type === 'staleConnection') this.isUp = false;
      if (type === 'reconnect') this.isUp = true;
    }
    this.isUp = false;
  }
}
