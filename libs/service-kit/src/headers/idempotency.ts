/** `Idempotency-Key`: names a command, so that sending it again has one effect and one answer. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import { newId } from '../ids';
import { problem } from '../problems/problem';

/** What the event log keeps of a command. */
export interface CommandKey {
  readonly id: string;
  readonly alsoStoredAs?: readonly string[];
  readonly requestHash?: string;
  /** True when the client named the command: its answer is kept. */
  readonly keyed: boolean;
}

const NAMESPACE = '6f1d0c52-6a53-5d0e-9a53-0d5f1e9f7a11';
const DAY_MS = 86_400_000;
const HEADER = 'idempotency-key';

/** Bare or as a structured-field string (RFC 8941); 1 to 255 visible ASCII characters. */
function keyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers[HEADER];
  if (given === undefined) return undefined;
  const bare = /^"(.*)"$/.exec(String(given))?.[1] ?? String(given);
  if (Array.isArray(given) || !/^[\x21-\x7e]{1,255}$/.test(bare)) {
    throw problem('invalid-request', {
      errors: [{ pointer: 'Idempotency-Key', code: 'bad-key', message: 'must be 1 to 255 visible ASCII characters' }],
    });
  }
  return bare;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

/** The same for bodies that mean the same: key order does not count. */
export const requestHash = (...parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts.map(canonical)))
    .digest('hex');

/**
 * The command a request asks for: scoped by who asks and which route, named by the key and the day it was first seen.
 * `asked` is what a repeat must ask as well; a body with a secret leaves it out, since a plain hash of it would be kept.
 */
export function commandOf(request: FastifyRequest, reply: FastifyReply, asked: unknown = request.body): CommandKey {
  const key = keyOf(request);
  if (key === undefined) {
    const id = newId();
    void reply.header(HEADER, id);
    return { id, keyed: false };
  }
  const scope = `${request.principal?.userId ?? 'anonymous'} ${request.method} ${request.routeOptions.url ?? ''} ${key}`;
  const day = Math.floor(Date.now() / DAY_MS);
  void reply.header(HEADER, key);
  return {
    id: v5(`${day} ${scope}`, NAMESPACE),
    alsoStoredAs: [v5(`${day - 1} ${scope}`, NAMESPACE)],
    requestHash: requestHash(request.params, asked),
    keyed: true,
  };
}
