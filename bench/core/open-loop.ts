/**
 * HTTP load at a fixed rate, whatever the answers take. A request's time runs from when it was due, so that a server that
 * stalls is charged for all that it kept waiting.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface OpenLoad {
  readonly port: number;
  readonly request: () => Buffer;
}
export interface OpenLoaded {
  /** Answered below 400, per second. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Share of the requests that got an answer below 400 within the time and its aftermath. */
  readonly answered: number;
}

const MOST_CONNECTIONS = 512;
const AFTERMATH_MS = 5_000;
const HEADERS_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

interface Due {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Connections that are kept alive and take what is due in its order. */
class Lines {
  readonly times: number[] = [];
  refused = 0;
  private readonly idle: Socket[] = [];
  private readonly waiting: Due[] = [];
  private open = new Set<Socket>();
  private readonly current = new Map<Socket, Due>();

  constructor(private readonly port: number) {}

  send(due: Due): void {
    const socket = this.idle.pop();
    if (socket) this.write(socket, due);
    else if (this.open.size < MOST_CONNECTIONS) this.connect(due);
    else this.waiting.push(due);
  }
  get underWay(): number {
    return this.current.size + this.waiting.length;
  }
  close(): void {
    for (const socket of this.open) socket.destroy();
  }

  private write(socket: Socket, due: Due): void {
    this.current.set(socket, due);
    socket.write(due.bytes);
  }

  private connect(first: Due): void {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.open.add(socket);
    this.write(socket, first);
    let buffered: Buffer = Buffer.alloc(0);
    socket.on('data', chunk => {
      buffered = buffered.length > 0 ? Buffer.concat([buffered, chunk]) : chunk;
      const headersEnd = buffered.indexOf(HEADERS_END);
      if (headersEnd < 0) return;
      const head = buffered.toString('latin1', 0, headersEnd);
      const length = LENGTH.exec(head)?.[1];
      if (length === undefined) return void socket.destroy(new Error('an answer told no length'));
      const bytes = headersEnd + HEADERS_END.length + Number(length);
      if (buffered.length < bytes) return;
      buffered = buffered.subarray(bytes);
      this.done(socket, Number(head.slice(9, 12)));
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        this.open.delete(socket);
        const at = this.idle.indexOf(socket);
        if (at >= 0) this.idle.splice(at, 1);
        if (this.current.delete(socket)) this.refused += 1;
      });
  }

  private done(socket: Socket, status: number): void {
    const due = this.current.get(socket)!;
    this.current.delete(socket);
    if (status < 400) this.times.push(performance.now() - due.at);
    else this.refused += 1;
    const next = this.waiting.shift();
    if (next) this.write(socket, next);
    else this.idle.push(socket);
  }
}

/** `warmUpMs` at the same rate come before, and are not counted. */
export async function openLoop(
  { port, request }: OpenLoad,
  perSecond: number,
  milliseconds: number,
  warmUpMs = 0,
): Promise<OpenLoaded> {
  if (warmUpMs > 0) await openLoop({ port, request }, perSecond, warmUpMs);
  const lines = new Lines(port);
  const startedAt = performance.now();
  const every = 1000 / perSecond;
  let sent = 0;
  for (let now = startedAt; now < startedAt + milliseconds; await pause(1), now = performance.now())
    for (let due = startedAt + sent * every; due <= now; due = startedAt + sent * every) {
      lines.send({ at: due, bytes: request() });
      sent += 1;
    }
  const seconds = (performance.now() - startedAt) / 1000;
  for (const end = performance.now() + AFTERMATH_MS; lines.underWay > 0 && performance.now() < end;) await pause(5);
  const unanswered = sent - lines.times.length;
  lines.close();
  // What never was answered is at least as slow as the slowest.
  const times = [...lines.times, ...Array.from({ length: unanswered }, () => AFTERMATH_MS)].sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return {
    perSecond: lines.times.length / seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    answered: lines.times.length / sent,
  };
}
