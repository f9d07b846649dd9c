/** The logs of the shop, one of each service that owns one, and the names they have on the wire. */
import { SERVICES, type OwnerName } from './services';

export type LogName = OwnerName;
export const LOGS: readonly LogName[] = SERVICES.flatMap(({ ownsLog, database }) =>
  ownsLog ? [database as LogName] : [],
);

export const isLogName = (text: unknown): text is LogName => LOGS.includes(text as LogName);

/** JetStream stream of a log: `ORDERS`. */
export const jetStreamOf = (log: LogName): string => log.toUpperCase();
/** Subject an event is published on: `shop.orders.OrderPlaced`. */
export const subjectOf = (log: LogName, type: string): string => `shop.${log}.${type}`;
/** All subjects of a log. */
export const subjectsOf = (log: LogName): string => `shop.${log}.>`;
/** Request/reply subjects by which a log's owner answers for it. */
export const logHeadSubject = (log: LogName): string => `log.head.${log}`;
export const logReadSubject = (log: LogName): string => `log.read.${log}`;
