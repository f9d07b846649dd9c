/** What can be asked, and what comes of it. */
import type { LogName, Positions } from '@foldline/contracts';
import type { After } from './read-store.port';

export interface Question {
  readonly userId: string;
  /** The one who asks, where it is not the user. */
  readonly callerId: string | null;
  readonly limit: number;
  readonly after: After | null;
  /** What the answer must show at least. */
  readonly wanted: Positions;
  readonly waitMs: number;
}

export type Outcome =
  | { readonly kind: 'answer'; readonly body: string; readonly tag?: string; readonly positions: Positions }
  | { readonly kind: 'unknown-user' }
  /** The caller's own account is closed: a token that is still valid counts no more. */
  | { readonly kind: 'account-closed' }
  | { readonly kind: 'behind' }
  | { readonly kind: 'log-replaced' | 'token-ahead'; readonly log: LogName };

export class ReadUserProducts {
  constructor(readonly question: Question) {}
}

export class ReadUserOrders {
  constructor(readonly question: Question) {}
}
