/** Listens to what is published, beside all consumers, and counts what a run claims to have met: repeats and disorder. */
import { connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import type { ChaosStack, LogName } from '../stack/chaos-stack';
import type { SeenAt } from './sampler';

export interface Tapped {
  readonly events: readonly SeenAt[];
  readonly repeats: number;
  readonly unreadable: number;
}

export class WireTap implements Tapped {
  readonly events: SeenAt[] = [];
  repeats = 0;
  unreadable = 0;
  private readonly seen = new Set<string>();
  private deafUntil = 0;

  private constructor(private readonly connection: NatsConnection) {}

  static async start(stack: ChaosStack): Promise<WireTap> {
    const connection = await connect({
      servers: stack.natsUrls,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(stack.natsSeed)),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    const tap = new WireTap(connection);
    connection.subscribe('shop.>', { callback: (_, { subject, data }) => tap.take(subject, data) });
    return tap;
  }

  /** While somebody forges messages on purpose. */
  deafFor(ms: number): void {
    this.deafUntil = performance.now() + ms;
  }

  stop(): Promise<void> {
    return this.connection.close();
  }

  private take(subject: string, bytes: Uint8Array): void {
    if (performance.now() < this.deafUntil) return;
    const log = subject.split('.')[1] as LogName;
    try {
      const event = JSON.parse(Buffer.from(bytes).toString('utf8')) as { id: string; log: string; position: number };
      const id = `${log} ${event.position} ${event.id}`;
      if (this.seen.has(id)) {
        this.repeats += 1;
        return;
      }
      this.seen.add(id);
      this.events.push({ log, position: Number(event.position), incarnation: event.log, id: event.id });
    } catch {
      this.unreadable += 1;
    }
  }
}
