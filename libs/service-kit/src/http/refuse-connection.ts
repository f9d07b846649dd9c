/** Answers what the parser of node:http refuses, which never becomes a request, and closes the connection. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problem, problemDocument, type CommonProblem, type ProblemException } from '../problems/problem';
import type { AllowedMethods } from './allowed-methods';
import { contextOf } from './request-context';

type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

const REQUEST_LINE = /^[A-Za-z-]{1,40} (\/[^\s?#]*)\S* HTTP\/1\.[01]\r\n/;

/** A method that node:http does not know at all is refused like one that only the address does not know. */
function unknownMethod({ rawPacket }: ParserError, allowed: AllowedMethods): ProblemException {
  const start = Buffer.isBuffer(rawPacket) ? rawPacket.subarray(0, 2000).toString('latin1') : '';
  const path = REQUEST_LINE.exec(start)?.[1];
  if (path === undefined) return problem('bad-request');
  const methods = allowed.of(path);
  return methods.length === 0
    ? problem('not-found')
    : problem('method-not-allowed', { headers: { allow: methods.join(', ') } });
}

const BY_CODE: Readonly<Record<string, CommonProblem>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const understand = (error: ParserError, allowed: AllowedMethods): ProblemException =>
  error.code === 'HPE_INVALID_METHOD'
    ? unknownMethod(error, allowed)
    : problem(BY_CODE[error.code ?? ''] ?? 'bad-request');

export const refuseConnection =
  (publicUrl: string, allowed: AllowedMethods) =>
  (error: ParserError, socket: Socket & { _httpMessage?: ServerResponse }): void => {
    // An answer that has begun cannot be changed: a second status line inside it would be read as its body.
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent)
      return void socket.destroy();
    const exception = understand(error, allowed);
    const { traceId, requestId } = contextOf({});
    const body = JSON.stringify(problemDocument(exception, { publicUrl, instance: '', traceId }));
    const { status } = exception.kind;
    const headers = {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      connection: 'close',
      ...exception.details.headers,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  };
