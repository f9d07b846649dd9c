/** `Prefer` (RFC 7240): how long a caller waits for what it wants to see. */
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Preference {
  /** Seconds; undefined when nothing was said. */
  readonly wait?: number;
  readonly respondAsync: boolean;
}

export const DEFAULT_WAIT_SECONDS = 2;
export const LONGEST_WAIT_SECONDS = 30;

/** What cannot be read is ignored, as the standard says; longer waits are cut to 30 s. */
export function preferenceOf({ headers }: FastifyRequest): Preference {
  const text = [headers['prefer'] ?? ''].flat().join(',');
  const wait = /(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[;,])/i.exec(text)?.[1];
  return {
    ...(wait !== undefined && { wait: Math.min(Number(wait), LONGEST_WAIT_SECONDS) }),
    respondAsync: /(?:^|,)\s*respond-async\s*(?:$|[;,])/i.test(text),
  };
}

export function applied(reply: FastifyReply, preference: string): void {
  void reply.header('preference-applied', preference);
}
