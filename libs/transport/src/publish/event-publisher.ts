/** Publishes events in order and many at a time: acknowledgements are collected on one inbox instead of one request each. */
import { CLOUD_EVENT_CONTENT_TYPE, jetStreamOf, subjectOf, type EncodedEvent, type LogName } from '@foldline/contracts';
import { createInbox, headers as natsHeaders, JetStreamManager, type Msg, type NatsConnection } from 'nats';
import { DEFAULT_MAX_PAYLOAD, inboxPrefixOf, type NatsLink } from '../nats-link';
import { StoreDoubt } from './store-doubt';
import { DEFAULT_STREAM, ensureStream, lastMessageId, remakeStream, type StreamSettings } from './streams';

export interface Published {
  /** Position of the last event up to which everything is acknowledged. */
  readonly position: number;
  /** Positions that the broker cannot carry: readers get them from the owner. */
  readonly oversize: readonly number[];
}

const ACK_TIMEOUT_MS = 5000;
/** JSStreamStoreFailedF. The server says the same of a stream that is full and may not discard, which can store. */
const couldNotWrite = (answer: string): boolean =>
  /"err_code": ?10077\b/.test(answer) && !/"description": ?"maximum /.test(answer);

interface Awaited {
  left: number;
  readonly acked: boolean[];
  /** Told once for a whole call. */
  refused?: boolean;
  done(error?: Error): void;
}

export const messageIdOf = ({ incarnation, position }: Pick<EncodedEvent, 'incarnation' | 'position'>): string =>
  `${incarnation}:${position}`;

export class EventPublisher {
  private inbox: { connection: NatsConnection; prefix: string } | undefined;
  private readonly waiting = new Map<number, Awaited>();
  private calls = 0;
  private readonly doubt = new StoreDoubt();

  constructor(
    private readonly link: NatsLink,
    private readonly name: string,
    private readonly log: LogName,
    private readonly stream: StreamSettings = DEFAULT_STREAM,
    private readonly ackTimeoutMs = ACK_TIMEOUT_MS,
  ) {}

  /** Makes the stream if it is missing, and anew if it cannot store. Rejects while the broker is down. */
  async prepare(): Promise<void> {
    const manager = await this.manager();
    const place = await ensureStream(manager, this.log, this.stream);
    if (this.doubt.cannotStore(place)) await remakeStream(manager, this.log, this.stream);
  }

  /** The message id of the last event the stream holds: a hint where to go on, nothing more. */
  async lastMessageId(): Promise<string | undefined> {
    return lastMessageId(await this.manager(), this.log);
  }

  /** Rejects when an event was not acknowledged; `PublishError.position` says how far everything is. */
  async publish(events: readonly EncodedEvent[]): Promise<Published> {
    const connection = await this.link.connection;
    const prefix = this.listen(connection);
    const limit = (connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - 1024;
    const call = (this.calls += 1);
    const oversize: number[] = [];
    const acked = events.map(() => false);
    const answered = new Promise<void>((resolve, reject) => {
      this.waiting.set(call, { left: events.length, acked, done: error => (error ? reject(error) : resolve()) });
    });
    const timer = setTimeout(() => {
      // While the connection is lost what was published waits in this process.
      if (this.link.up) this.doubt.failed();
      this.waiting.get(call)?.done(new Error(`the broker did not acknowledge within ${this.ackTimeoutMs} ms`));
    }, this.ackTimeoutMs);
    try {
      events.forEach((event, i) => {
        const body = Buffer.from(event.text);
        if (body.length > limit) {
          oversize.push(event.position);
          this.settle(call, i);
          return;
        }
        const headers = natsHeaders();
        headers.set('Nats-Msg-Id', messageIdOf(event));
        headers.set('Content-Type', CLOUD_EVENT_CONTENT_TYPE);
        connection.publish(subjectOf(this.log, event.type), body, { headers, reply: `${prefix}.${call}.${i}` });
      });
      await answered;
      this.doubt.stored();
      return { position: events.at(-1)?.position ?? 0, oversize };
    } finally {
      clearTimeout(timer);
      this.waiting.delete(call);
    }
  }

  private async manager(): Promise<JetStreamManager> {
    const connection = await this.link.connection;
    return connection.jetstreamManager({ checkAPI: false, timeout: 3000 });
  }

  private listen(connection: NatsConnection): string {
    if (this.inbox?.connection === connection) return this.inbox.prefix;
    const prefix = createInbox(inboxPrefixOf(this.name));
    connection.subscribe(`${prefix}.>`, { callback: (error, message) => (error ? undefined : this.onAck(message)) });
    this.inbox = { connection, prefix };
    return prefix;
  }

  private onAck(message: Msg): void {
    const [call, index] = message.subject.split('.').slice(-2).map(Number) as [number, number];
    if (message.headers?.code)
      return this.waiting
        .get(call)
        ?.done(new Error(`nobody stores ${jetStreamOf(this.log)} (${message.headers.code})`));
    const text = message.string();
    if (text.includes('"error"')) {
      const awaited = this.waiting.get(call);
      if (awaited && !awaited.refused && couldNotWrite(text)) this.doubt.failed();
      if (awaited) awaited.refused = true;
      return awaited?.done(new Error(`the broker refused an event: ${text.slice(0, 200)}`));
    }
    this.settle(call, index);
  }

  private settle(call: number, index: number): void {
    const awaited = this.waiting.get(call);
    if (!awaited || awaited.acked[index]) return;
    awaited.acked[index] = true;
    awaited.left -= 1;
    if (awaited.left === 0) awaited.done();
  }
}
