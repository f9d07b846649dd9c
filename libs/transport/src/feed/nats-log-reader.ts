/** Asks the owners of logs over core NATS: the way to events that no loss in JetStream can close. */
import {
  isTime,
  isUuid,
  logHeadSubject,
  logReadSubject,
  readCloudEventEnvelope,
  type LogHead,
  type LogName,
  type StoredEvent,
} from '@foldline/contracts';
import { holeAfter, type LogReader } from '@foldline/projections';
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
    const isHead = isUuid(incarnation) && Number.isSafeInteger(position) && (position as number) >= 0;
    const isDated = recordedAt === null || isTime(recordedAt);
    if (!isHead || !isDated || !(eventIdAt === undefined || eventIdAt === null || isUuid(eventIdAt)))
      throw new OwnerRefusedError(`${log}: the answer is no head of a log`);
    return { incarnation, position: position as number, recordedAt, ...(eventIdAt !== undefined && { eventIdAt }) };
  }

  async read(log: LogName, after: number, limit: number, without?: readonly string[]): Promise<readonly StoredEvent[]> {
    const { events, leftOut = 0 } = await this.ask(logReadSubject(log), { after, limit, without });
    if (!Array.isArray(events) || events.length > limit || typeof leftOut !== 'number')
      throw new OwnerRefusedError(`${log}: the answer is no page of a log`);
    const page = events.map(readCloudEventEnvelope);
    const last = page.at(-1);
    // Where nothing may be left out, whoever reads sees a hole by himself.
    if (last && without?.length && last.position !== after + page.length + leftOut) throw holeAfter(log, after);
    return page;
  }

  private async ask(subject: string, request: object): Promise<Record<string, unknown>> {
    const connection = this.link.now;
    if (!connection) throw new Error('the broker was not reached yet');
    const reply = await connection.request(subject, JSON.stringify(request), { timeout: this.timeoutMs });
    const answer = readAnswer(reply.data);
    if (!answer) throw new OwnerRefusedError(`${subject}: the answer is no JSON object`);
    const error = answer['error'] as { message?: unknown } | undefined;
    if (error) throw new OwnerRefusedError(`${subject}: ${String(error.message)}`);
    return answer;
  }
}

function readAnswer(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
