/** Bounds how often something may be asked, by whatever key the caller chooses. */
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problem } from '../problems/problem';

export interface Limit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export interface Uses {
  /** In this window, with the one just counted. */
  readonly uses: number;
  readonly endsInMs: number;
}

/** Counts one use of a key. */
export type LimitCounter = (key: string) => Promise<Uses>;

/** Of this process alone, lost with it. */
function countInProcess({ name, points, seconds }: Limit): LimitCounter {
  const limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  return async key => {
    const counted = await limiter.consume(key).catch((refused: unknown) => refused as RateLimiterRes);
    return { uses: counted.consumedPoints, endsInMs: counted.msBeforeNext };
  };
}

export class RateLimit {
  constructor(
    private readonly limit: Limit,
    private readonly count: LimitCounter = countInProcess(limit),
  ) {}

  /** Counts one use; throws `too-many-requests` when the window is used up. Headers as draft-ietf-httpapi-ratelimit-headers. */
  async use(key: string, reply: FastifyReply): Promise<void> {
    const { name, points, seconds } = this.limit;
    const { uses, endsInMs } = await this.count(key);
    const wait = Math.max(1, Math.ceil(endsInMs / 1000));
    void reply
      .header('ratelimit-policy', `"${name}";q=${points};w=${seconds}`)
      .header('ratelimit', `"${name}";r=${Math.max(0, points - uses)};t=${wait}`);
    if (uses > points) throw problem('too-many-requests', { headers: { 'retry-after': String(wait) } });
  }
}
