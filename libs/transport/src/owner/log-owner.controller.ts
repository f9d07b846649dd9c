/** Answers for a log: where it ends, and its events page by page. */
import { Controller, Inject, type Type } from '@nestjs/common';
import { MessagePattern, RpcException } from '@nestjs/microservices';
import { logHeadSubject, logReadSubject, type EncodedEvent, type LogHead, type LogName } from '@foldline/contracts';

/** The part of an event log that others may ask for. */
export interface OwnedLog {
  head(at?: number): Promise<LogHead>;
  readEncoded(after: number, limit: number, maxBytes?: number): Promise<readonly EncodedEvent[]>;
}

export const OWNED_LOG = 'foldline:owned-log';

/** An owned log cannot answer now and has said so in its own log; the message goes to who asked. */
export class OwnedLogAwayError extends Error {
  override readonly name = 'OwnedLogAwayError';
}

/** An answer instead of a fault: Nest would write a stack for every request. */
const answered = (error: unknown): never => {
  throw error instanceof OwnedLogAwayError ? new RpcException(error.message) : error;
};

const LONGEST_PAGE = 5000;
/** Below NATS' default max_payload with room for the envelope of each event. */
const PAGE_BYTES = 512_000;
const READS_AT_ONCE = 8;
const READS_WAITING = 64;

/** Bounds how much of the owner its readers can take. */
class Turnstile {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= READS_AT_ONCE) {
      if (this.waiting.length >= READS_WAITING) throw new RpcException('too many reads at once; ask again later');
      await new Promise<void>(enter => this.waiting.push(enter));
    }
    this.inside += 1;
    try {
      return await work();
    } finally {
      this.inside -= 1;
      this.waiting.shift()?.();
    }
  }
}

const isPosition = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function fieldsOf(request: unknown): Record<string, unknown> {
  if (typeof request === 'object' && request !== null && !Array.isArray(request))
    return request as Record<string, unknown>;
  throw new RpcException('the request must be a JSON object');
}

/** The controller class of one log; its log is provided as OWNED_LOG. */
export function logOwnerController(log: LogName): Type {
  @Controller()
  class LogOwnerController {
    private readonly turnstile = new Turnstile();

    constructor(@Inject(OWNED_LOG) private readonly owned: OwnedLog) {}

    /** `{at?}` -> `{incarnation, position, recordedAt, eventIdAt?}` */
    @MessagePattern(logHeadSubject(log))
    head(request: unknown): Promise<LogHead> {
      const { at } = fieldsOf(request);
      if (at !== undefined && !isPosition(at)) throw new RpcException('at must be a position');
      return this.owned.head(at).catch(answered);
    }

    /** `{after, limit}` -> `{events: [CloudEvent, ...]}`, at most 5,000 and about 512 kB; fewer does not mean the end. */
    @MessagePattern(logReadSubject(log))
    async read(request: unknown): Promise<Uint8Array> {
      const { after, limit } = fieldsOf(request);
      if (!isPosition(after)) throw new RpcException('after must be a position');
      if (!isPosition(limit) || limit < 1) throw new RpcException('limit must be a whole number of at least 1');
      const events = await this.turnstile
        .through(() => this.owned.readEncoded(after, Math.min(limit, LONGEST_PAGE), PAGE_BYTES))
        .catch(answered);
      return Buffer.from(`{"events":[${events.map(({ text }) => text).join(',')}]}`);
    }
  }
  return LogOwnerController;
}
