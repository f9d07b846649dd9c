/** Which answers may be kept, by whom, and when one that was kept is still good (RFC 9111); everything else is `no-store`. */
import { applyDecorators, Header } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { notModified, tagOfText } from './etags';

/** For what is one person's: only that person's own client may keep it, and asks before it is shown again. */
export const KeptByOwner = (): MethodDecorator =>
  applyDecorators(Header('cache-control', 'private, no-cache'), Header('vary', 'authorization'));

/** For what everybody may see. A Consistency-Token asks for an answer of its own: one that was kept may be older. */
export const KeptByAnyone = (seconds: number): MethodDecorator =>
  applyDecorators(
    Header('cache-control', seconds > 0 ? `public, max-age=${seconds}` : 'public, no-cache'),
    Header('vary', 'consistency-token'),
  );

/** Gives every answer that may be kept an entity tag, and 304 to whoever has it already. */
export function answerConditionally(instance: FastifyInstance): void {
  instance.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || request.method !== 'GET' || reply.statusCode !== 200) return done();
    const kept = reply.getHeader('cache-control');
    if (kept === undefined || kept === 'no-store') return done();
    let etag = reply.getHeader('etag') as string | undefined;
    if (etag === undefined) void reply.header('etag', (etag = tagOfText(payload)));
    if (request.headers['if-none-match'] === undefined || !notModified(request, etag)) return done();
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, null);
  });
}
