import type { OrderEvent, OrderId, ProductId, UserId } from '@foldline/contracts';
import { specOf } from '@foldline/decider/testing';
import type { KnownProduct, PlaceOrder } from './order.commands';
import { orderDecider } from './order.decider';

const id = (n: number): string => `0190a1b2-0000-7000-8000-00000000000${n}`;
const [orderId, userId, lamp, mug] = [id(1) as OrderId, id(2) as UserId, id(3) as ProductId, id(4) as ProductId];
const placedAt = '2026-01-01T00:00:00.000Z';
const known = (price: number, more: Partial<KnownProduct> = {}): KnownProduct => ({
  price,
  currency: 'EUR',
  status: 'listed',
  ...more,
});
const place: PlaceOrder = {
  type: 'PlaceOrder',
  orderId,
  userId,
  placedAt,
  buyerStatus: 'active',
  items: [
    { productId: lamp, quantity: 2, product: known(1000) },
    { productId: mug, quantity: 1, product: known(250) },
  ],
};
const lines = {
  orderId,
  userId,
  items: [
    { productId: lamp, quantity: 2, unitPrice: 1000 },
    { productId: mug, quantity: 1, unitPrice: 250 },
  ],
  total: 2250,
  currency: 'EUR',
  placedAt,
};
const placed: OrderEvent = { type: 'OrderPlaced', data: lines };
const confirmed: OrderEvent = { type: 'OrderConfirmed', data: lines };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { ...lines, refund: 2250 } };
const short = [{ productId: lamp, requested: 2, available: 1 }];
const rejected: OrderEvent = { type: 'OrderRejected', data: { orderId, userId, code: 'out-of-stock', items: short } };
const { given } = specOf(orderDecider);

describe('placing', () => {
  it('takes the prices of the moment', () => given().when(place).then(placed));
  it('happens once', () => given(placed).when(place).thenRejected({ code: 'order-exists' }));
  it('is for users with an open account', () => {
    given()
      .when({ ...place, buyerStatus: 'closed' })
      .thenRejected({ code: 'account-closed' });
    given()
      .when({ ...place, buyerStatus: 'unknown' })
      .thenRejected({ code: 'unknown-buyer' });
  });
  it('is of products that are known and listed', () => {
    const [first, second] = place.items;
    given()
      .when({ ...place, items: [first!, { ...second!, product: undefined }] })
      .thenRejected({ code: 'product-not-known', productIds: [mug] });
    given()
      .when({ ...place, items: [{ ...first!, product: known(1, { status: 'withdrawn' }) }, second!] })
      .thenRejected({ code: 'product-withdrawn', productIds: [lamp] });
  });
  it('is in one currency', () => {
    const [first, second] = place.items;
    given()
      .when({ ...place, items: [first!, { ...second!, product: known(250, { currency: 'USD' }) }] })
      .thenRejected({ code: 'mixed-currencies', currencies: ['EUR', 'USD'] });
  });
  it('at another total than expected is refused, with the true one', () => {
    given()
      .when({ ...place, expectedTotal: { amount: 2250, currency: 'EUR' } })
      .then(placed);
    given()
      .when({ ...place, expectedTotal: { amount: 1, currency: 'EUR' } })
      .thenRejected({ code: 'price-changed', total: { amount: 2250, currency: 'EUR' } });
    given()
      .when({ ...place, expectedTotal: { amount: 2250, currency: 'USD' } })
      .thenRejected({ code: 'price-changed', total: { amount: 2250, currency: 'EUR' } });
  });
  it('keeps totals exact', () =>
    given()
      .when({ ...place, items: [{ productId: lamp, quantity: 1000, product: known(1_000_000_000_000) }] })
      .thenRejected({ code: 'total-too-large' }));
});

describe('deciding', () => {
  it('confirms once', () => {
    given(placed).when({ type: 'ConfirmOrder' }).then(confirmed);
    given(placed, confirmed).when({ type: 'ConfirmOrder' }).then();
    given(placed, confirmed, cancelled).when({ type: 'ConfirmOrder' }).then();
  });
  it('rejects once, and never what is confirmed', () => {
    const refuse = { type: 'RejectOrder', code: 'out-of-stock', items: short } as const;
    given(placed).when(refuse).then(rejected);
    given(placed, rejected).when(refuse).then();
    given(placed, confirmed).when(refuse).then();
  });
  it('needs an order', () => given().when({ type: 'ConfirmOrder' }).thenRejected({ code: 'unknown-order' }));
});

describe('cancelling', () => {
  const cancel = { type: 'CancelOrder' } as const;
  it('gives back what was confirmed', () => given(placed, confirmed).when(cancel).then(cancelled));
  it('twice is once', () => given(placed, confirmed, cancelled).when(cancel).then());
  it('waits for the decision', () => given(placed).when(cancel).thenRejected({ code: 'order-not-decided' }));
  it('of a rejected order is pointless', () =>
    given(placed, rejected).when(cancel).thenRejected({ code: 'order-rejected' }));
});
