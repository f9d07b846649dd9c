/** Every event type and version of the shop in one place: checks, upcasting, AsyncAPI and the corpus are made from it. */
import { LOGS, type LogName } from '../logs';
import type { EventVersion } from './define';
import { orderEvents, type OrderEvent } from './order.events';
import { productEvents, type ProductEvent } from './product.events';
import { userEvents, type UserEvent } from './user.events';

export interface EventsOfLog {
  readonly users: UserEvent;
  readonly products: ProductEvent;
  readonly orders: OrderEvent;
}
export type ShopEvent = EventsOfLog[LogName];

/** The compiler asks for the events of every log that `services.json` declares. */
export const eventVersions: Readonly<Record<LogName, readonly EventVersion[]>> = {
  users: userEvents.versions,
  products: productEvents.versions,
  orders: orderEvents.versions,
};

export const allEventVersions: readonly EventVersion[] = LOGS.flatMap(log => eventVersions[log]);
