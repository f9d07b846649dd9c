/** Strong entity tags (RFC 9110, 8.8.3): of an aggregate the version of its stream, of any other answer a digest of its text. */
import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../problems/problem';

export const etagOf = (version: number): string => `"${version}"`;

/** Of an answer's text; as PostgreSQL's md5 gives it too. Tells one text from another, guards nothing. */
export const tagOfText = (text: string): string => `"${hash('md5', text, 'hex')}"`;

export function sendEtag(reply: FastifyReply, version: number): void {
  void reply.header('etag', etagOf(version));
}

/** The version a change is meant for: undefined for `*` or, if it may be left out, no header. */
export function ifMatch({ headers }: FastifyRequest, { required }: { required: boolean }): number | undefined {
  const given = headers['if-match'];
  if (given === undefined) {
    if (required) throw problem('if-match-required');
    return undefined;
  }
  if (given.trim() === '*') return undefined;
  const version = /^"([1-9][0-9]{0,14})"$/.exec(given.trim())?.[1];
  if (version) return Number(version);
  // A weak tag never matches strongly; anything else is not a tag at all.
  throw /^W\/"[^"]*"$/.test(given.trim())
    ? problem('stale-version')
    : problem('invalid-request', {
        errors: [{ pointer: 'If-Match', code: 'bad-etag', message: 'must be an ETag as an answer gave it' }],
      });
}

/** True when the caller has this version already: the answer is 304. */
export const notModified = ({ headers }: FastifyRequest, etag: string): boolean =>
  (headers['if-none-match'] ?? '')
    .split(',')
    .some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''));
