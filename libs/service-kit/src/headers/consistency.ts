/** `Consistency-Token` in and out: what a caller has seen, joined with what it sees now. */
import {
  decodeToken,
  encodeToken,
  joinPositions,
  LOGS,
  type LogHead,
  type LogName,
  type LogPosition,
  type Positions,
} from '@foldline/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../problems/problem';

export const CONSISTENCY_TOKEN = 'consistency-token';

/** The positions a caller wants to see at least; none without the header. Throws `invalid-token`. */
export function wantedPositions({ headers }: FastifyRequest): Positions {
  const given = headers[CONSISTENCY_TOKEN];
  if (given === undefined) return {};
  const positions = typeof given === 'string' ? decodeToken(given) : undefined;
  if (!positions) throw problem('invalid-token');
  return positions;
}

/** Puts the join of what the caller brought and what it now sees on the answer. */
export function sendToken(reply: FastifyReply, wanted: Positions, seen: Positions): void {
  void reply.header(CONSISTENCY_TOKEN, encodeToken(joinPositions(wanted, seen)));
}

/** Throws for a position of a log that is another log now. */
export function assertSameLog(wanted: Positions, log: LogName, { incarnation }: Pick<LogHead, 'incarnation'>): void {
  const at = wanted[log];
  if (at && at.incarnation !== incarnation)
    throw problem('log-replaced', { detail: `The log of ${log} is not the one the token was given for.` });
}

/** Throws for a position of a log that is another log now, or that is known not to exist. */
export function assertPossible(wanted: Positions, log: LogName, head: Pick<LogHead, 'incarnation' | 'position'>): void {
  assertSameLog(wanted, log, head);
  const at = wanted[log];
  if (at && at.position > head.position)
    throw problem('token-ahead', { detail: `The log of ${log} has not got that far.` });
}

/** For what is read from a stream itself: it shows the stream to its end, wherever that stands. */
export function sendStanding(request: FastifyRequest, reply: FastifyReply, log: LogName, at?: LogPosition): void {
  const wanted = wantedPositions(request);
  if (at) assertSameLog(wanted, log, at);
  const shown = at ? { [log]: at } : {};
  sendToken(reply, wanted, shown);
  sendPositions(reply, shown, 0);
}

/** The positions an answer shows, for people and tools: `users=7, orders=12`. */
export function sendPositions(reply: FastifyReply, positions: Positions, lagEvents: number): void {
  const shown = LOGS.flatMap(log => (positions[log] ? [`${log}=${positions[log].position}`] : [])).join(', ');
  void reply.header('foldline-positions', shown).header('foldline-lag', String(lagEvents));
}
