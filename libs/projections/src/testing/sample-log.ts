/** A log in memory with a story of the shop in it, answering as its owner would; it can be down, cut back or replaced. */
import { createHash } from 'node:crypto';
import type { LogHead, LogName, StoredEvent } from '@foldline/contracts';
import type { LogReader } from '../ports';

/** A UUID that is the same for the same text. */
export function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export class SampleLog {
  readonly events: StoredEvent[] = [];

  constructor(
    readonly log: LogName,
    public incarnation = idOf(`incarnation of ${log}`),
  ) {}

  append(type: string, stream: string, data: object): StoredEvent {
    const position = this.events.length + 1;
    const eventId = idOf(`${this.incarnation} ${this.log} ${position}`);
    const version = this.events.filter(event => event.stream === stream).length + 1;
    const event: StoredEvent = {
      log: this.log,
      incarnation: this.incarnation,
      position,
      previousId: this.events.at(-1)?.eventId ?? '',
      eventId,
      stream,
      version,
      type,
      schemaVersion: 1,
      data,
      metadata: { commandId: eventId, correlationId: eventId, causationId: eventId },
      recordedAt: new Date(Date.UTC(2026, 0, 1) + position).toISOString(),
    };
    this.events.push(event);
    return event;
  }

  /** Stock received again and again, in turn for a few products: a count, so that applying twice shows. */
  appendStock(count: number, products = 5): StoredEvent[] {
    return Array.from({ length: count }, () => {
      const productId = idOf(`product ${this.events.length % products}`);
      return this.append('StockReceived', `product-${productId}`, { productId, quantity: this.events.length + 1 });
    });
  }
}

/** Answers for logs by their name; `down` makes every question fail. */
export class SampleOwner implements LogReader {
  down = false;
  asked = { head: 0, read: 0 };
  private readonly logs: ReadonlyMap<LogName, SampleLog>;

  constructor(...logs: readonly SampleLog[]) {
    this.logs = new Map(logs.map(log => [log.log, log]));
  }

  async head(log: LogName, at?: number): Promise<LogHead> {
    this.asked.head++;
    const { events, incarnation } = await this.logOf(log);
    const last = events.at(-1);
    return {
      incarnation,
      position: last?.position ?? 0,
      recordedAt: last?.recordedAt ?? null,
      ...(at !== undefined && { eventIdAt: events[at - 1]?.eventId ?? null }),
    };
  }

  async read(
    log: LogName,
    after: number,
    limit: number,
    without: readonly string[] = [],
  ): Promise<readonly StoredEvent[]> {
    this.asked.read++;
    const page = (await this.logOf(log)).events.slice(after, after + limit);
    return page.filter(({ type }, i) => !without.includes(type) || i === 0 || i === page.length - 1);
  }

  private async logOf(name: LogName): Promise<SampleLog> {
    await new Promise(resolve => setImmediate(resolve));
    const log = this.logs.get(name);
    if (this.down || !log) throw new Error(`the owner of log ${name} does not answer`);
    return log;
  }
}
