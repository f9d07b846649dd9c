/** HTTP load over raw keep-alive sockets: a general client would cost more than the servers it measures. */
import { connect, type Socket } from 'node:net';
import type { Measured } from './measure';

export interface LoadTarget {
  readonly port: number;
  /** The whole request, as bytes; asked for anew each time. */
  readonly request: () => Buffer;
}

export interface Loaded extends Measured {
  /** Answers with another status than 200. */
  readonly refused: number;
  /** Answers with 200, as a share of all. */
  readonly answered: number;
  readonly bytesPerAnswer: number;
}

const HEADERS_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

/** One connection, one request at a time, until `until`; calls back with status, bytes and milliseconds of each answer. */
function drive(
  socket: Socket,
  { request }: LoadTarget,
  until: number,
  done: (status: number, bytes: number, ms: number) => void,
) {
  return new Promise<void>((resolve, reject) => {
    let sentAt = 0;
    let buffered: Buffer = Buffer.alloc(0);
    const send = (): void => {
      sentAt = performance.now();
      if (sentAt >= until) return void socket.end(resolve);
      socket.write(request());
    };
    socket.on('error', reject).on('connect', send);
    socket.on('data', chunk => {
      buffered = buffered.length > 0 ? Buffer.concat([buffered, chunk]) : chunk;
      const headersEnd = buffered.indexOf(HEADERS_END);
      if (headersEnd < 0) return;
      const head = buffered.toString('latin1', 0, headersEnd);
      const bytes = headersEnd + HEADERS_END.length + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (buffered.length < bytes) return;
      done(Number(head.slice(9, 12)), bytes, performance.now() - sentAt);
      buffered = buffered.subarray(bytes);
      send();
    });
  });
}

export async function loadHttp(target: LoadTarget, connections: number, milliseconds: number): Promise<Loaded> {
  const times: number[] = [];
  let [refused, bytes] = [0, 0];
  const from = performance.now();
  const count = (status: number, size: number, ms: number): void => {
    times.push(ms);
    bytes += size;
    if (status !== 200) refused += 1;
  };
  await Promise.all(
    Array.from({ length: connections }, () =>
      drive(connect({ port: target.port, host: '127.0.0.1', noDelay: true }), target, from + milliseconds, count),
    ),
  );
  const seconds = (performance.now() - from) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return {
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    refused,
    answered: times.length === 0 ? 0 : 1 - refused / times.length,
    bytesPerAnswer: bytes / Math.max(1, times.length),
  };
}
