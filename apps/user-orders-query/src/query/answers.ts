/** The bodies of the answers, put together from JSON texts that the store made. */
import type { After, OrderList, PurchaseList } from './read-store.port';

/** Makes the opaque text of a place in a user's list; base64url. */
export type CursorText = (userId: string, after: After) => string;

const nextText = (userId: string, next: After | null, cursor: CursorText): string =>
  next ? `"${cursor(userId, next)}"` : 'null';

export const purchasesBody = (userId: string, { items, pending, next }: PurchaseList, cursor: CursorText): string =>
  `{"items":[${items}],"pending":${pending},"next":${nextText(userId, next, cursor)}}`;

export const ordersBody = (userId: string, { items, next }: OrderList, cursor: CursorText): string =>
  `{"items":[${items}],"next":${nextText(userId, next, cursor)}}`;
