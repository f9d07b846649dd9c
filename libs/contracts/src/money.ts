/** Money as integer minor units (cents) of an ISO 4217 currency; never a float. */

export interface Money {
  /** Minor units, 0 to 1,000,000,000,000 (so that sums stay exact integers in JavaScript). */
  readonly amount: number;
  /** ISO 4217 alphabetic code, e.g. `EUR`. */
  readonly currency: string;
}

export const MAX_AMOUNT = 1_000_000_000_000;
