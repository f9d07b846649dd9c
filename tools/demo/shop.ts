/** What the demo tells of a call beside its answer: how long it took, and where its events stand. */
import type { Answer } from '@foldline/client';
import { decodeToken, LOGS } from '@foldline/contracts';

export interface Timed<Body> extends Answer<Body> {
  readonly milliseconds: number;
}

export async function timed<Body>(call: () => Promise<Answer<Body>>): Promise<Timed<Body>> {
  const started = performance.now();
  const answer = await call();
  return { ...answer, milliseconds: performance.now() - started };
}

/** Where everything a token names stands, e.g. `users 7, orders 12`. */
export function positionsText(token: string | null | undefined): string {
  const positions = decodeToken(token ?? '') ?? {};
  return LOGS.flatMap(log => (positions[log] ? [`${log} ${positions[log].position}`] : [])).join(', ') || '-';
}

export const positionsOf = ({ headers }: Answer<unknown>): string => positionsText(headers.get('consistency-token'));
