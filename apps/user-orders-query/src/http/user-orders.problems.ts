/** From what can come of a read to what the client is told: one exhaustive table. */
import { problem, retryLater, type ProblemException } from '@foldline/service-kit';
import type { Outcome } from '../query/user-orders.queries';

export function problemOf(outcome: Exclude<Outcome, { kind: 'answer' }>): ProblemException {
  switch (outcome.kind) {
    case 'unknown-user':
      return problem('not-found', { detail: 'There is no such user.' });
    case 'account-closed':
      return problem('unauthenticated', {
        detail: 'The account is closed.',
        headers: { 'www-authenticate': 'Bearer realm="foldline", error="invalid_token"' },
      });
    case 'behind':
      return retryLater('read-model-behind', 1);
    case 'log-replaced':
      return problem('log-replaced', { detail: `The log of ${outcome.log} is not the one the token was given for.` });
    case 'token-ahead':
      return problem('token-ahead', { detail: `The log of ${outcome.log} has not got that far.` });
  }
}
