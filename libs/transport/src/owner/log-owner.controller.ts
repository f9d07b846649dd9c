/** Answers for a log: where it ends, and its events page by page. */
import { Controller, Inject, type Type } from '@nestjs/common';
import { MessagePattern, RpcException } from '@nestjs/microservices';
import { logHeadSubject, logReadSubject, type LogHead, type LogName } from '@foldline/contracts';

/** The part of an event log that others may ask for. */
export interface OwnedLog {
  head(at?: number): Promise<LogHead>;
  /**
   * The CloudEvents of a page as JSON texts: some of them in each piece, with commas between them. Those of the types in
   * `without` are left out and counted, but for the first and the last of the page.
   */
  readJoined(
    after: number,
    limit: number,
    maxBytes?: number,
    without?: readonly string[],
  ): Promise<{ readonly pieces: readonly string[]; readonly leftOut: number }>;
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

/**
 * Whoever asks gives up after five seconds, and a second later the broker lets no answer pass any more: who is told before that comes
 * again later, and nothing is read for nobody while those who still wait are kept waiting.
 */
const LONGEST_WAIT_MS = 2500;

const tooMany = () => new RpcException('too many reads at once; ask again later');

/** Bounds how much of the owner its readers can take. */
class Turnstile {
  private inside = 0;
  private readonly waiting = new Set<() => void>();

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= READS_AT_ONCE) await this.turn();
    this.inside += 1;
    try {
      return await work();
    } finally {
      this.inside -= 1;
      const [next] = this.waiting;
      next?.();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.size >= READS_WAITING) throw tooMany();
    return new Promise((enter, refuse) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.waiting.delete(onTurn);
      };
      const onTurn = (): void => {
        leave();
        enter();
      };
      const timer = setTimeout(() => {
        leave();
        refuse(tooMany());
      }, LONGEST_WAIT_MS);
      this.waiting.add(onTurn);
    });
  }
}

/** Put together where no string is: a page as one would be garbage of the costly kind. */
function pageOf({ pieces, leftOut }: Awaited<ReturnType<OwnedLog['readJoined']>>): Uint8Array {
  const events = pieces.flatMap((piece, i) => (i > 0 ? [',', piece] : [piece]));
  const texts = ['{"events":[', ...events, leftOut > 0 ? `],"leftOut":${leftOut}}` : ']}'];
  const page = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) at += page.write(text, at);
  return page;
}

const MOST_TYPES = 100;
const isListOfTypes = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= MOST_TYPES &&
  value.every(type => typeof type === 'string' && type.length <= 100);

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

    /**
     * `{after, limit, without?}` -> `{events: [CloudEvent, ...], leftOut?}`, of at most 5,000 events and about 512 kB; fewer
     * does not mean the end. `without` names types of events that nobody needs to be sent.
     */
    @MessagePattern(logReadSubject(log))
    async read(request: unknown): Promise<Uint8Array> {
      const { after, limit, without = [] } = fieldsOf(request);
      if (!isPosition(after)) throw new RpcException('after must be a position');
      if (!isPosition(limit) || limit < 1) throw new RpcException('limit must be a whole number of at least 1');
      if (!isListOfTypes(without))
        throw new RpcException(`without must be a list of at most ${MOST_TYPES} types of events`);
      const page = await this.turnstile
        .through(() => this.owned.readJoined(after, Math.min(limit, LONGEST_PAGE), PAGE_BYTES, without))
        .catch(answered);
      return pageOf(page);
    }
  }
  return LogOwnerController;
}
