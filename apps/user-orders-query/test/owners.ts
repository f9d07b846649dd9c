/** Stands in for users, products and orders: answers for logs that a test writes, over real NATS. */
import { encodeCloudEvent, LOGS, logHeadSubject, logReadSubject, type LogName } from '@foldline/contracts';
import { NatsLink } from '@foldline/transport';
import { incarnationOf, type ShopHistory } from '../src/projection/shop-history';

interface Asked {
  readonly at?: number;
  readonly after?: number;
  readonly limit?: number;
}
interface Message {
  json(): unknown;
  respond(bytes: Uint8Array): boolean;
}

/** As many as surely fit into a message. */
const MOST_AT_ONCE = 500;

export class Owners {
  private constructor(private readonly link: NatsLink) {}

  static async answering(natsUrl: string, history: ShopHistory): Promise<Owners> {
    const link = new NatsLink({ servers: natsUrl, name: 'owners' });
    const connection = await link.connection;
    const answer = (subject: string, answerOf: (request: Asked) => string): void =>
      void connection.subscribe(subject, {
        callback: (_error, message: Message) => void message.respond(Buffer.from(answerOf(message.json() as Asked))),
      });
    for (const log of LOGS) {
      answer(logHeadSubject(log), ({ at }) => headOf(log, history, at));
      answer(logReadSubject(log), ({ after = 0, limit = 0 }) => {
        const events = history.logs[log].slice(after, after + Math.min(limit, MOST_AT_ONCE));
        return `{"events":[${events.map(encodeCloudEvent).join(',')}]}`;
      });
    }
    await connection.flush();
    return new Owners(link);
  }

  stop(): Promise<void> {
    return this.link.stop();
  }
}

function headOf(log: LogName, history: ShopHistory, at?: number): string {
  const events = history.logs[log];
  return JSON.stringify({
    incarnation: incarnationOf(log),
    position: events.length,
    recordedAt: events.at(-1)?.recordedAt ?? null,
    ...(at !== undefined && { eventIdAt: events[at - 1]?.eventId ?? null }),
  });
}
