/** What of a message's headers goes further: all but what belongs to one connection, and what a client says of its own place. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** They speak of one connection and end with it (RFC 9110, 7.6.1); `expect` was answered here already. */
const HOP_BY_HOP = [
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
];

/** What a client may not say about itself: who it is on the network, and where it came from. */
const CLAIMS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'via',
];

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  const left = { ...headers };
  for (const name of names) delete left[name];
  return left;
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map(name => name.trim().toLowerCase());
  return without(headers, [...HOP_BY_HOP, ...named]);
}

/** Headers for the service behind. */
export function passedOn({ ip, context, protocol }: FastifyRequest, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return {
    ...without(endToEnd(headers), CLAIMS),
    'x-forwarded-for': ip,
    'x-forwarded-proto': protocol,
    traceparent: context.traceparent,
    'x-request-id': context.requestId,
  };
}

/** Headers for the client: how long its connection lasts is between it and the gateway. */
export const passedBack = (headers: IncomingHttpHeaders): IncomingHttpHeaders => endToEnd(headers);
