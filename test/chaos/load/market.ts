/** What the clients of a run know of each other: which products there are, and who else is a customer. */
export class Market {
  /** Ids of products whose listing was acknowledged. */
  readonly products: string[] = [];
  /** Ids of customers whose sign-up was acknowledged. */
  readonly customers: string[] = [];
  /** Ids of orders, with their owners. */
  readonly orders: { readonly id: string; readonly owner: string }[] = [];
}
