/** A feed that delivers exactly what a test tells it to, in whatever order, as often as it likes, or not at all. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { FeedMessage, LogFeed } from '../ports';

export class ScriptedFeed implements LogFeed {
  /** Event ids in the order they were acknowledged by themselves or by a later one. */
  acknowledged: string[] = [];
  private readonly listeners = new Map<LogName, (message: FeedMessage) => void>();
  private waiting: string[] = [];

  async subscribe(log: LogName, _reader: string, onMessage: (message: FeedMessage) => void) {
    this.listeners.set(log, onMessage);
    return {
      stop: async () => {
        this.listeners.delete(log);
      },
    };
  }

  get listening(): number {
    return this.listeners.size;
  }

  deliver(...events: readonly StoredEvent[]): void {
    for (const event of events) this.deliverTo(event.log, event);
  }

  /** On the subject of a log that need not be the event's own. */
  deliverTo(log: LogName, event: StoredEvent): void {
    this.waiting.push(event.eventId);
    const ack = () => this.acknowledgeUpTo(event.eventId);
    this.listeners.get(log)?.({ kind: 'event', event, ack });
  }

  corrupt(log: LogName): void {
    this.listeners.get(log)?.({ kind: 'unreadable', subject: `shop.${log}.X`, reason: 'not JSON', ack: () => {} });
  }

  private acknowledgeUpTo(eventId: string): void {
    const upTo = this.waiting.lastIndexOf(eventId);
    this.acknowledged.push(...this.waiting.slice(0, upTo + 1));
    this.waiting = this.waiting.slice(upTo + 1);
  }
}
