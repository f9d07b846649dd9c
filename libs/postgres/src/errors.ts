/** Tells the three ways a statement fails apart: refused by the server, not possible now, or outcome unknown. */
import { isNativeError } from 'node:util/types';
import { DatabaseError } from 'pg';

/** SQLSTATE of a refusal by the server, e.g. `23505`. */
export const sqlStateOf = (error: unknown): string | undefined =>
  error instanceof DatabaseError ? error.code : undefined;

/**
 * True when the server refused the statement and the session goes on: nothing of it was written.
 * False for anything else (socket errors, timeouts of ours, FATAL): the session is of no more use and the outcome is unknown.
 */
export const isRefusal = (error: unknown): boolean => error instanceof DatabaseError && error.severity === 'ERROR';

const NOT_NOW = /^(08|40|53|57|58)|^55P03$/;

/** True when the same statement may well pass later: server away, starting, full, too slow, or a lock was not got in time. */
export const isUnavailable = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  if (state !== undefined) return NOT_NOW.test(state);
  return error instanceof ConnectionLostError || isSocketError(error);
};

const isSocketError = (error: unknown): boolean =>
  isNativeError(error) &&
  ('code' in error
    ? /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(String(error.code))
    : /connection|timeout|timed out/i.test(error.message));

/** The session is gone; whether its last statement was carried out is not known. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}
