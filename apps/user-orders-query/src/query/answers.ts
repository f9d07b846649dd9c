/** The bodies of the answers, put together from JSON texts that the store made. */
import type { After, OrderList, PurchaseList } from './read-store.port';

/** Makes the opaque text of a place in a list. */
export type CursorText = (after: After) => string;

const nextText = (next: After | null, cursor: CursorText): string => (next ? JSON.stringify(cursor(next)) : 'null');

export const purchasesBody = ({ items, pending, next }: PurchaseList, cursor: CursorText): string =>
  `{"items":[${items}],"pending":${pending},"next":${nextText(next, cursor)}}`;

export const ordersBody = ({ items, next }: OrderList, cursor: CursorText): string =>
  `{"items":[${items}],"next":${nextText(next, cursor)}}`;
