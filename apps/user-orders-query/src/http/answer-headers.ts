/** The headers that say what an answer shows; made once per moment of the read model, not once per answer. */
import { encodeToken, joinPositions, LOGS, type Positions } from '@foldline/contracts';

export interface AnswerHeaders {
  readonly token: string;
  /** `users=7, products=3, orders=12` */
  readonly positions: string;
}

const known = new WeakMap<Positions, AnswerHeaders>();

function headersOf(positions: Positions): AnswerHeaders {
  let headers = known.get(positions);
  if (!headers) {
    const shown = LOGS.flatMap(log => (positions[log] ? [`${log}=${positions[log].position}`] : [])).join(', ');
    known.set(positions, (headers = { token: encodeToken(positions), positions: shown }));
  }
  return headers;
}

/** The token is the join of what the caller brought and what it sees now. */
export function answerHeaders(wanted: Positions, shown: Positions): AnswerHeaders {
  const headers = headersOf(shown);
  for (const _ in wanted) return { ...headers, token: encodeToken(joinPositions(wanted, shown)) };
  return headers;
}
