/**
 * A user's first page of purchases, ready to send. An accelerator and nothing else: whatever cannot be used is answered from
 * rows, and with READ_PAGES=off everything is.
 */
import type { Positions } from '@foldline/contracts';

/** The page that is kept ready: the first, of the default length. */
export const READY_LIMIT = 20;

/** A page is kept for open accounts only: whoever finds one need not ask for the account. */
export interface FoundPage {
  readonly generation: number;
  /** What the page shows, as of the moment it was found. */
  readonly positions: Positions;
  /** Null where no page can be used now; then what is answered from rows may be offered. */
  readonly body: string | null;
  /** The body's entity tag; null where it was changed on its way, or there is no body. */
  readonly tag: string | null;
  readonly version: number;
}

export interface ReadyPages {
  find(userId: string): Promise<FoundPage>;
  /** An answer from rows read after `found`, of known products: kept only if nothing has happened to the user since. Never waits, never fails. */
  offer(userId: string, found: FoundPage, body: string): void;
}
