/** What of a message's headers goes further: all but what belongs to one connection, and what a client says of its own place. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** They speak of one connection and end with it (RFC 9110, 7.6.1); `expect` was answered here already. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What a client may not say about itself: who it is on the network, and where it came from. */
const CLAIMS: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'via',
]);

const NONE: ReadonlySet<string> = new Set();

/** Names by which the sender says that more than the usual ones belong to this connection; nearly nobody has any. */
const namedBy = (connection: string | undefined): ReadonlySet<string> =>
  connection && connection !== 'keep-alive'
    ? new Set(connection.split(',').map(name => name.trim().toLowerCase()))
    : NONE;

function endToEnd(headers: IncomingHttpHeaders, also: ReadonlySet<string> = NONE): IncomingHttpHeaders {
  const named = namedBy(headers.connection);
  const left: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers))
    if (!HOP_BY_HOP.has(name) && !named.has(name) && !also.has(name)) left[name] = value;
  return left;
}

/** Headers for the service behind. */
export function passedOn({ ip, context, protocol }: FastifyRequest, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return {
    ...endToEnd(headers, CLAIMS),
    'x-forwarded-for': ip,
    'x-forwarded-proto': protocol,
    traceparent: context.traceparent,
    'x-request-id': context.requestId,
  };
}

/** Headers for the client: how long its connection lasts is between it and the gateway. */
export const passedBack = (headers: IncomingHttpHeaders): IncomingHttpHeaders => endToEnd(headers);
