import type { OrderId, ProductEvent, ProductId } from '@foldline/contracts';
import { specOf } from '@foldline/decider/testing';
import fc from 'fast-check';
import { productDecider } from './product.decider';

const productId = '0190a1b2-0000-7000-8000-000000000001' as ProductId;
const orderId = '0190a1b2-0000-7000-8000-000000000002' as OrderId;
const details = { productId, title: 'Lamp', description: 'Shines.', image: '/images/lamp.svg', category: 'desk' };
const listed: ProductEvent = { type: 'ProductListed', data: { ...details, price: 1250, currency: 'EUR' } };
const received = (quantity: number): ProductEvent => ({ type: 'StockReceived', data: { productId, quantity } });
const reserved = (quantity: number): ProductEvent => ({
  type: 'StockReserved',
  data: { productId, orderId, quantity },
});
const released = (quantity: number): ProductEvent => ({
  type: 'StockReleased',
  data: { productId, orderId, quantity },
});
const withdrawn: ProductEvent = { type: 'ProductWithdrawn', data: { productId } };
const { given } = specOf(productDecider);

describe('listing', () => {
  const list = { type: 'ListProduct', ...details, price: 1250, currency: 'EUR', stock: 0 } as const;
  it('makes a product', () => given().when(list).then(listed));
  it('with stock receives it', () =>
    given()
      .when({ ...list, stock: 5 })
      .then(listed, received(5)));
  it('happens once', () => given(listed).when(list).thenRejected({ code: 'already-listed' }));
});

describe('changing', () => {
  it('tells the whole details', () =>
    given(listed)
      .when({ type: 'ChangeProduct', title: 'Torch' })
      .then({ type: 'ProductDetailsChanged', data: { ...details, title: 'Torch' } }));
  it('tells a new price by itself', () =>
    given(listed)
      .when({ type: 'ChangeProduct', price: { amount: 99, currency: 'EUR' } })
      .then({ type: 'ProductRepriced', data: { productId, price: 99 } }));
  it('to what it is changes nothing', () =>
    given(listed)
      .when({ type: 'ChangeProduct', title: 'Lamp', price: { amount: 1250, currency: 'EUR' } })
      .then());
  it('never changes the currency', () =>
    given(listed)
      .when({ type: 'ChangeProduct', price: { amount: 99, currency: 'USD' } })
      .thenRejected({ code: 'currency-fixed', currency: 'EUR' }));
  it('needs a product that is listed', () => {
    given().when({ type: 'ChangeProduct', title: 'X' }).thenRejected({ code: 'unknown-product' });
    given(listed, withdrawn).when({ type: 'ChangeProduct', title: 'X' }).thenRejected({ code: 'product-withdrawn' });
  });
});

describe('stock', () => {
  it('is received', () => given(listed).when({ type: 'ReceiveStock', quantity: 3 }).then(received(3)));
  it('is bounded', () =>
    given(listed, received(1_000_000_000))
      .when({ type: 'ReceiveStock', quantity: 1 })
      .thenRejected({ code: 'too-much-stock' }));
  it('is not received for what is withdrawn', () =>
    given(listed, withdrawn).when({ type: 'ReceiveStock', quantity: 1 }).thenRejected({ code: 'product-withdrawn' }));
  it('is reserved to the last unit', () =>
    given(listed, received(2)).when({ type: 'ReserveStock', orderId, quantity: 2 }).then(reserved(2)));
  it('is never reserved beyond it', () =>
    given(listed, received(2), reserved(1))
      .when({ type: 'ReserveStock', orderId, quantity: 2 })
      .thenRejected({ code: 'out-of-stock', requested: 2, available: 1 }));
  it('released can be reserved again', () =>
    given(listed, received(1), reserved(1), released(1))
      .when({ type: 'ReserveStock', orderId, quantity: 1 })
      .then(reserved(1)));
  it('of a withdrawn product is not reserved, but taken back', () => {
    given(listed, received(1), withdrawn)
      .when({ type: 'ReserveStock', orderId, quantity: 1 })
      .thenRejected({ code: 'product-withdrawn' });
    given(listed, received(1), reserved(1), withdrawn)
      .when({ type: 'ReleaseStock', orderId, quantity: 1 })
      .then(released(1));
  });
  it('is never below zero and never lost, whatever is asked', () => {
    const asked = fc.record({
      type: fc.constantFrom('ReceiveStock' as const, 'ReserveStock' as const),
      quantity: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), commands => {
        let state = productDecider.evolve(productDecider.initial, listed);
        let in_ = 0;
        for (const command of commands) {
          const decision = productDecider.decide({ ...command, orderId }, state);
          if (decision.kind === 'rejected') continue;
          for (const event of decision.events) state = productDecider.evolve(state, event);
          if (command.type === 'ReceiveStock') in_ += command.quantity;
          expect(state).toMatchObject({ available: expect.any(Number) });
          if (state.status !== 'none') {
            expect(state.available).toBeGreaterThanOrEqual(0);
            expect(state.available + state.reserved).toBe(in_);
          }
        }
      }),
    );
  });
});

it('withdrawing twice is once', () => {
  given(listed).when({ type: 'WithdrawProduct' }).then(withdrawn);
  given(listed, withdrawn).when({ type: 'WithdrawProduct' }).then();
});
