/** Stands in for the service that owns a log: answers for it, and publishes what a test writes to it, over real NATS. */
import {
  encodeCloudEvent,
  encodeEvent,
  logHeadSubject,
  logReadSubject,
  type EventsOfLog,
  type LogName,
} from '@foldline/contracts';
import { SampleLog } from '@foldline/projections/testing';
import { EventPublisher, NatsLink } from '@foldline/transport';

interface Asked {
  readonly at?: number;
  readonly after?: number;
  readonly limit?: number;
}
interface Message {
  json(): unknown;
  respond(bytes: Uint8Array): boolean;
}

export class StandInOwner<Log extends LogName> {
  private readonly sample: SampleLog;

  private constructor(
    log: Log,
    private readonly link: NatsLink,
    private readonly publisher: EventPublisher,
  ) {
    this.sample = new SampleLog(log);
  }

  static async answering<Log extends LogName>(natsUrl: string, log: Log): Promise<StandInOwner<Log>> {
    const link = new NatsLink({ servers: natsUrl, name: `owner-of-${log}` });
    const owner = new StandInOwner(log, link, new EventPublisher(link, `owner-of-${log}`, log));
    await owner.publisher.prepare();
    const connection = await link.connection;
    const answer = (subject: string, answerOf: (request: Asked) => string): void =>
      void connection.subscribe(subject, {
        callback: (_error, message: Message) => void message.respond(Buffer.from(answerOf(message.json() as Asked))),
      });
    answer(logHeadSubject(log), ({ at }) => owner.head(at));
    answer(logReadSubject(log), ({ after = 0, limit = 0 }) => {
      const events = owner.sample.events.slice(after, after + limit);
      return `{"events":[${events.map(encodeCloudEvent).join(',')}]}`;
    });
    await connection.flush();
    return owner;
  }

  /** Writes an event and publishes it; gives the position a token would name. */
  async tell({ type, data }: EventsOfLog[Log], stream: string): Promise<{ incarnation: string; position: number }> {
    const event = this.sample.append(type, stream, data);
    await this.publisher.publish([encodeEvent(event)]);
    return { incarnation: event.incarnation, position: event.position };
  }

  stop(): Promise<void> {
    return this.link.stop();
  }

  private head(at?: number): string {
    const { events, incarnation } = this.sample;
    return JSON.stringify({
      incarnation,
      position: events.length,
      recordedAt: events.at(-1)?.recordedAt ?? null,
      ...(at !== undefined && { eventIdAt: events[at - 1]?.eventId ?? null }),
    });
  }
}
