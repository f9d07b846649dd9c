/** What a client has written or seen: for each log the incarnation and position, so that a later read can be asked to show it. */
import { isUuid } from './ids';
import { LOGS, type LogName } from './logs';

export interface LogPosition {
  readonly incarnation: string;
  readonly position: number;
}
export type Positions = { readonly [L in LogName]?: LogPosition };

const MAX_LENGTH = 1024;

/** base64url of the compact JSON `{users: [incarnation, position], ...}`; unsigned, since a forged one can only make its sender wait. */
export function encodeToken(positions: Positions): string {
  const compact = Object.fromEntries(
    LOGS.flatMap(log => {
      const at = positions[log];
      return at ? [[log, [at.incarnation, at.position]]] : [];
    }),
  );
  return Buffer.from(JSON.stringify(compact)).toString('base64url');
}

/** The positions a token holds, or undefined for anything that is not a token (too long, other alphabet, unknown log, bad number). */
export function decodeToken(token: string): Positions | undefined {
  if (token.length === 0 || token.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(token)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const positions: { [L in LogName]?: LogPosition } = {};
  for (const [log, at] of Object.entries(value)) {
    if (!LOGS.includes(log as LogName) || !Array.isArray(at) || at.length !== 2) return undefined;
    const [incarnation, position] = at as [unknown, unknown];
    if (!isUuid(incarnation) || !Number.isSafeInteger(position) || (position as number) < 0) return undefined;
    positions[log as LogName] = { incarnation, position: position as number };
  }
  return positions;
}

/** The newest of both for every log; on different incarnations the second one counts, being what was just seen. */
export function joinPositions(before: Positions, seen: Positions): Positions {
  const joined: { [L in LogName]?: LogPosition } = { ...before };
  for (const log of LOGS) {
    const a = before[log];
    const b = seen[log];
    if (b && (!a || a.incarnation !== b.incarnation || b.position > a.position)) joined[log] = b;
  }
  return joined;
}
