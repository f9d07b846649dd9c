/** Bounds how often something may be asked, by whatever key the caller chooses. */
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problem } from '../problems/problem';

export interface Limit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export class RateLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(private readonly limit: Limit) {
    this.limiter = new RateLimiterMemory({ keyPrefix: limit.name, points: limit.points, duration: limit.seconds });
  }

  /** Counts one use; throws `too-many-requests` when the window is used up. Headers as draft-ietf-httpapi-ratelimit-headers. */
  async use(key: string, reply: FastifyReply): Promise<void> {
    const { name, points, seconds } = this.limit;
    const outcome = await this.limiter.consume(key).catch((refused: unknown) => refused as RateLimiterRes);
    const left = Math.max(0, outcome.remainingPoints);
    const wait = Math.max(1, Math.ceil(outcome.msBeforeNext / 1000));
    void reply
      .header('ratelimit-policy', `"${name}";q=${points};w=${seconds}`)
      .header('ratelimit', `"${name}";r=${left};t=${wait}`);
    if (outcome.consumedPoints > points)
      throw problem('too-many-requests', { headers: { 'retry-after': String(wait) } });
  }
}
