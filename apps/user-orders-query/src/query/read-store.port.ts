/** What reads ask of the store: each answer is of one moment, and says which positions it shows. */
import type { Positions } from '@foldline/contracts';

/** One moment of the read model, as far as an answer to one caller depends on it. */
export interface Moment {
  /** Which read model it is of. */
  readonly generation: number;
  readonly positions: Positions;
  /** Status of the account asked about; null where the read model does not know it. */
  readonly user: AccountStatus | null;
  /** Status of the caller's account where that is another one. */
  readonly caller: AccountStatus | null;
}
export type AccountStatus = 'open' | 'closed';

export interface Asked {
  readonly userId: string;
  /** The one who asks, where it is not the user. */
  readonly callerId: string | null;
}

/** After this row of a list that is sorted by time and id, newest first. */
export interface After {
  readonly at: string;
  readonly id: string;
}

export interface ListAsked extends Asked {
  readonly limit: number;
  readonly after: After | null;
}

export interface PurchaseList extends Moment {
  /** JSON texts of the items, joined by commas, as they are sent. */
  readonly items: string;
  /** True when a product among them is not known yet: its title, image and price are null. */
  readonly incomplete: boolean;
  /** How many orders of the user are not decided yet. */
  readonly pending: number;
  /** Where the next page starts; null at the end. */
  readonly next: After | null;
}

export interface OrderList extends Moment {
  /** JSON texts of the orders, joined by commas, as they are sent. */
  readonly items: string;
  readonly next: After | null;
}

/** The store cannot be reached or did not answer in time: the same question may be asked again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** Two adapters are meant to pass one contract suite: PostgreSQL here, MongoDB beside it. */
export interface ReadStore {
  purchases(asked: ListAsked): Promise<PurchaseList>;
  orders(asked: ListAsked): Promise<OrderList>;
}
