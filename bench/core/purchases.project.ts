/** What the peers' projections of `npm run bench -- projection` make of the same events: how much a user bought of a product, and nothing else. */
import { defineProjection, defineTable, type EventFrom } from '@foldline/projections';

type PurchasedRow = { readonly user_id: string; readonly product_id: string; readonly quantity: number };

const purchased = defineTable<PurchasedRow>({
  name: 'purchased',
  key: ['user_id', 'product_id'],
  columns: { user_id: 'uuid', product_id: 'uuid', quantity: 'bigint' },
});
const tables = { purchased };
type Log = 'users' | 'products' | 'orders';
type Confirmed = Extract<EventFrom<Log>, { type: 'OrderConfirmed' }>;

const linesOf = (event: EventFrom<Log>): Confirmed['data']['items'] =>
  event.type === 'OrderConfirmed' ? event.data.items : [];
const userOf = (event: EventFrom<Log>): string => (event as Confirmed).data.userId;

/** Every event is read, checked and counted, also those that change nothing. */
export const purchases = defineProjection<Log, typeof tables>({
  name: 'purchases',
  logs: ['users', 'products', 'orders'],
  tables,
  revision: 1,
  keyOf: event => event.stream,
  touches: event => ({ purchased: linesOf(event).map(({ productId }) => [userOf(event), productId]) }),
  project(views, event) {
    for (const { productId, quantity } of linesOf(event)) {
      const before = views.purchased.get(userOf(event), productId)?.quantity ?? 0;
      views.purchased.put({ user_id: userOf(event), product_id: productId, quantity: before + quantity });
    }
  },
});
