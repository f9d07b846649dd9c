/** An answer as it is kept with its command and given again: everything but what belongs to the moment. */
import type { FastifyReply } from 'fastify';

export interface StoredAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends an answer; one that was given before says so. */
export function sendAnswer(
  reply: FastifyReply,
  { status, body, headers = {} }: StoredAnswer,
  replayed = false,
): FastifyReply {
  void reply.code(status).headers(headers);
  if (replayed) void reply.header('idempotent-replayed', 'true');
  if (status >= 400)
    void reply
      .header('content-type', 'application/problem+json; charset=utf-8')
      .serializer((text: unknown) => text as string);
  if (body === undefined) return reply.send();
  return reply.send(status >= 400 ? JSON.stringify(body) : body);
}
