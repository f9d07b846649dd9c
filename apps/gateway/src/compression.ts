/** Compresses what is worth it, as a stream, for clients that take it; each coding of an answer has an entity tag of its own (RFC 9110, 8.8.3.3). */
import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Below this the headers outweigh what is saved. */
const LEAST_BYTES = 1024;
const COMPRESSIBLE = /^(text\/|application\/(json|problem\+json|javascript|xml)|image\/svg\+xml)/;

type Coding = 'br' | 'gzip';
const OPENED: Readonly<Record<Coding, () => Transform>> = {
  // Quality 4 is as fast as gzip and smaller.
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: () => createGzip({ level: 5 }),
};
/** The tag of a coded answer: `"7"` as `"7--br"`. */
const CODED_TAG = /--(br|gzip)"/g;

declare module 'fastify' {
  interface FastifyRequest {
    /** The tags that the client brought, where they were of coded answers. */
    codedTags?: string;
  }
}

/** The better of the codings that the client takes (RFC 9110, 12.5.3); undefined for none. */
export function codingFor(accepted: string): Coding | undefined {
  const quality = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map(text => text.trim());
    const q = parameters.find(text => text.startsWith('q='));
    quality.set(name, q === undefined ? 1 : Number(q.slice(2)));
  }
  const of = (coding: Coding): number => quality.get(coding) ?? quality.get('*') ?? 0;
  const best: Coding = of('br') >= of('gzip') ? 'br' : 'gzip';
  return of(best) > 0 ? best : undefined;
}

export function vary(reply: FastifyReply, name: string): void {
  const others = reply.getHeader('vary');
  void reply.header('vary', others ? `${String(others)}, ${name}` : name);
}

/** The services behind know of no codings: what they are asked about are the tags that they gave. */
function plainTags(request: FastifyRequest): void {
  for (const name of ['if-match', 'if-none-match'] as const) {
    const tags = request.headers[name];
    if (!tags?.includes('--')) continue;
    if (name === 'if-none-match') request.codedTags = tags;
    request.headers[name] = tags.replace(CODED_TAG, '"');
  }
}

function isWorthIt(request: FastifyRequest, reply: FastifyReply): boolean {
  const length = reply.getHeader('content-length');
  return (
    request.method === 'GET' &&
    reply.statusCode === 200 &&
    !reply.hasHeader('content-encoding') &&
    COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? '')) &&
    (length === undefined || Number(length) >= LEAST_BYTES)
  );
}

function withTagOf(coding: Coding, reply: FastifyReply): void {
  const etag = String(reply.getHeader('etag') ?? '');
  if (etag.startsWith('"')) void reply.header('etag', etag.replace(/"$/, `--${coding}"`));
}

/** 304 names the tag that the client has. */
function keepCodedTag({ codedTags }: FastifyRequest, reply: FastifyReply): void {
  if (codedTags === undefined) return;
  const etag = String(reply.getHeader('etag') ?? '');
  for (const coding of ['br', 'gzip'] as const)
    if (codedTags.includes(etag.replace(/"$/, `--${coding}"`))) return withTagOf(coding, reply);
}

export function compressAnswers(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, _, done) => {
    plainTags(request);
    done();
  });
  instance.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 304) keepCodedTag(request, reply);
    const text = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (!(text ? payload.length >= LEAST_BYTES : payload instanceof Readable) || !isWorthIt(request, reply))
      return done(null, payload);
    vary(reply, 'accept-encoding');
    const accepted = request.headers['accept-encoding'];
    const coding = accepted === undefined ? undefined : codingFor(accepted);
    if (coding === undefined) return done(null, payload);
    withTagOf(coding, reply);
    void reply.header('content-encoding', coding).removeHeader('content-length');
    const coded = OPENED[coding]();
    if (text) coded.end(payload);
    // An answer that breaks off behind breaks off here: the client must not take it for whole.
    else pipeline(payload as Readable, coded, () => undefined);
    done(null, coded);
  });
}
