/** Asks the owners of logs over core NATS: the way to events that no loss in JetStream can close. */
import {
  isUuid,
  logHeadSubject,
  logReadSubject,
  readCloudEventEnvelope,
  type LogHead,
  type LogName,
  type StoredEvent,
} from '@foldline/contracts';
import type { LogReader } from '@foldline/projections';
import type { NatsLink } from '../nats-link';

/** The owner refused, or answered with what is not an answer. */
export class OwnerRefusedError extends Error {
  override readonly name = 'OwnerRefusedError';
}

export class NatsLogReader implements LogReader {
  constructor(
    private readonly link: NatsLink,
    private readonly timeoutMs = 5000,
  ) {}

  async head(log: LogName, at?: number): Promise<LogHead> {
    const answer = await this.ask(logHeadSubject(log), at === undefined ? {} : { at });
    const { incarnation, position, recordedAt = null, eventIdAt } = answer;
    if (!isUuid(incarnation) || !Number.isSafeInteger(position) || (position as number) < 0)
      throw new OwnerRefusedError(`${log}: the answer is no head of a log`);
    return {
      incarnation,
      position: position as number,
      recordedAt: recordedAt as string | null,
      ...(eventIdAt !== undefined && { eventIdAt: eventIdAt as string | null }),
    };
  }

  async read(log: LogName, after: number, limit: number): Promise<readonly StoredEvent[]> {
    const { events } = await this.ask(logReadSubject(log), { after, limit });
    if (!Array.isArray(events)) throw new OwnerRefusedError(`${log}: the answer is no page of a log`);
    return events.map(readCloudEventEnvelope);
  }

  private async ask(subject: string, request: object): Promise<Record<string, unknown>> {
    const connection = this.link.now;
    if (!connection) throw new Error('the broker was not reached yet');
    const reply = await connection.request(subject, JSON.stringify(request), { timeout: this.timeoutMs });
    const answer = JSON.parse(Buffer.from(reply.data).toString('utf8')) as Record<string, unknown>;
    const error = answer['error'] as { message?: unknown } | undefined;
    if (error) throw new OwnerRefusedError(`${subject}: ${String(error.message)}`);
    return answer;
  }
}
