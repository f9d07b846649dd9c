/** Pushes a log's events as JetStream brings them; makes its consumer again whenever that is gone or stuck. */
import { setTimeout as pause } from 'node:timers/promises';
import { jetStreamOf, type LogName } from '@foldline/contracts';
import type { FeedMessage, LogFeed } from '@foldline/projections';
import {
  AckPolicy,
  ConsumerEvents,
  DeliverPolicy,
  nanos,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
  type NatsConnection,
} from 'nats';
import { isGone } from '../codes';
import type { NatsLink } from '../nats-link';
import { readMessage } from './read-message';

const RETRY_MS = 500;
const CHECK_MS = 5000;
const MISSED_HEARTBEATS = 2;
/** Less than a reader holds (8,000): what came and could not be held would have to be asked of the owner as well. */
const MOST_UNACKED = 6_000;

type OnMessage = (message: FeedMessage) => void;

export class JetStreamFeed implements LogFeed {
  constructor(private readonly link: NatsLink) {}

  async subscribe(log: LogName, reader: string, onMessage: OnMessage): Promise<{ stop(): Promise<void> }> {
    const stopping = new AbortController();
    const running = this.run(log, reader, onMessage, stopping.signal);
    return {
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  }

  private async run(log: LogName, reader: string, onMessage: OnMessage, signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }));
    const connection = await Promise.race([this.link.connection, stopped]);
    while (connection && !signal.aborted) {
      await this.consume(connection, log, reader, onMessage, signal).catch(() => undefined);
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until stopped, or until the consumer turns out to be gone or stuck. */
  private async consume(
    connection: NatsConnection,
    log: LogName,
    reader: string,
    onMessage: OnMessage,
    signal: AbortSignal,
  ): Promise<void> {
    const stream = jetStreamOf(log);
    const manager = await connection.jetstreamManager({ checkAPI: false, timeout: 3000 });
    await ensureConsumer(manager, stream, reader);
    const consumer = await connection.jetstream({ timeout: 3000 }).consumers.get(stream, reader);
    const messages = await consumer.consume({
      max_messages: 4000,
      expires: 10_000,
      idle_heartbeat: 2_000,
      callback: message => onMessage(asFeedMessage(log, message)),
    });
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    void watch(messages, stop);
    try {
      while (!over.signal.aborted) {
        await pause(CHECK_MS, undefined, { signal: over.signal }).catch(() => undefined);
        if (!over.signal.aborted && (await isStuck(manager, stream, reader))) {
          await manager.consumers.delete(stream, reader);
          return;
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      // Awaiting close() of a callback consumer may hang in this client; stopping is enough.
      messages.stop();
    }
  }
}

/** A new consumer starts at the end: what came before is at the owner. A known one goes on where it was, also while the owner is down. */
async function ensureConsumer(manager: JetStreamManager, stream: string, reader: string): Promise<void> {
  try {
    const { config } = await manager.consumers.info(stream, reader);
    if (config.max_ack_pending !== MOST_UNACKED)
      await manager.consumers.update(stream, reader, { max_ack_pending: MOST_UNACKED });
  } catch (error) {
    if (!isGone(error)) throw error;
    await manager.consumers.add(stream, {
      durable_name: reader,
      deliver_policy: DeliverPolicy.New,
      ack_policy: AckPolicy.All,
      ack_wait: nanos(60_000),
      // Never given up by the broker: what cannot be applied is parked by us.
      max_deliver: -1,
      max_ack_pending: MOST_UNACKED,
    });
  }
}

/** The stream was wiped while the consumer kept its place: it would wait for numbers that are long past. */
async function isStuck(manager: JetStreamManager, stream: string, reader: string): Promise<boolean> {
  const [consumer, { state }] = await Promise.all([
    manager.consumers.info(stream, reader),
    manager.streams.info(stream),
  ]);
  return consumer.delivered.stream_seq > state.last_seq;
}

async function watch(messages: ConsumerMessages, stop: () => void): Promise<void> {
  for await (const { type, data } of await messages.status()) {
    const gone =
      type === ConsumerEvents.ConsumerDeleted ||
      type === ConsumerEvents.ConsumerNotFound ||
      type === ConsumerEvents.StreamNotFound;
    if (gone || (type === ConsumerEvents.HeartbeatsMissed && Number(data) >= MISSED_HEARTBEATS)) stop();
  }
  stop();
}

function asFeedMessage(log: LogName, message: JsMsg): FeedMessage {
  const ack = (): void => message.ack();
  const read = readMessage(log, message.subject, message.data);
  return 'event' in read
    ? { kind: 'event', event: read.event, ack }
    : { kind: 'unreadable', subject: message.subject, reason: read.reason, ack };
}
