import type { OrderEvent, OrderId, ProductEvent, ProductId, UserId } from '@foldline/contracts';
import { StateStore } from '@foldline/event-log';
import { MemoryEventLog } from '@foldline/event-log/testing';
import { StepSink } from '@foldline/process';
import { idOf, SampleLog } from '@foldline/projections/testing';
import { orderDecider } from '../domain/order.decider';
import type { OrderState } from '../domain/order.state';
import { confirmation } from './confirmation.step';

const product = (name: string) => idOf(`product ${name}`) as ProductId;
const order = (n: number) => idOf(`order ${n}`) as OrderId;
const userId = idOf('user') as UserId;
const linesOf = (n: number) => ({
  orderId: order(n),
  userId,
  items: [
    { productId: product('lamp'), quantity: 2, unitPrice: 10 },
    { productId: product('mug'), quantity: 1, unitPrice: 5 },
  ],
  total: 25,
  currency: 'EUR',
  placedAt: '2026-01-01T00:00:00.000Z',
});

/** The orders log with its step, fed by a products log of the test's own. */
class Shop {
  readonly products = new SampleLog('products');
  readonly log = new MemoryEventLog('orders');
  readonly told: string[] = [];
  private sink = this.newSink();

  private newSink() {
    const states = new StateStore<OrderState, OrderEvent>(this.log, orderDecider);
    return new StepSink(confirmation, {
      log: this.log,
      states,
      onWritten: streams => void this.told.push(...streams),
    });
  }

  /** What was written before the step sees anything. */
  async given(n: number, ...events: OrderEvent[]): Promise<void> {
    const id = idOf(`given ${n}`);
    await this.log.append({
      writes: [{ stream: `order-${order(n)}`, expectedVersion: 0, events }],
      command: { id },
      metadata: { correlationId: id, causationId: id },
    });
  }

  placed = (n: number) => this.given(n, { type: 'OrderPlaced', data: linesOf(n) });

  tell({ type, data }: ProductEvent): void {
    const stream = 'productId' in data ? `product-${data.productId}` : `reservation-${data.orderId}`;
    this.products.append(type, stream, data);
  }

  reserved(n: number): void {
    for (const { productId, quantity } of linesOf(n).items)
      this.tell({ type: 'StockReserved', data: { productId, orderId: order(n), quantity } });
  }

  refused(n: number): void {
    const items = [{ productId: product('lamp'), requested: 2, available: 1 }];
    this.tell({ type: 'StockRefused', data: { orderId: order(n), code: 'out-of-stock', items } });
  }

  private deliver(from: number, to: number) {
    const { incarnation, events } = this.products;
    const at = { incarnation, position: from, eventId: events[from - 1]?.eventId ?? '' };
    return this.sink.apply({ log: 'products', from: at, events: events.slice(from, to) });
  }

  /** Everything told so far: in one batch, and then all of it once more, one by one, to this process and to one that was just started. */
  async deliverTwice(): Promise<{ parked: number }> {
    const end = this.products.events.length;
    const applied = await this.deliver(0, end);
    const before = await this.log.read(0, 1000);
    for (const restarted of [false, true]) {
      if (restarted) this.sink = this.newSink();
      for (let position = 0; position < end; position += 1)
        expect(await this.deliver(position, position + 1)).toMatchObject({ checkpoint: { position: end } });
    }
    expect(await this.log.read(0, 1000)).toEqual(before);
    return { parked: applied.kind === 'applied' ? applied.parked.length : 0 };
  }

  async typesOf(n: number): Promise<readonly string[]> {
    return (await this.log.load(`order-${order(n)}`, 0)).events.map(({ type }) => type);
  }
}

let shop: Shop;
beforeEach(() => (shop = new Shop()));

it('an order whose stock is reserved is confirmed once, by the first of its lines', async () => {
  await shop.placed(1);
  shop.reserved(1);
  await shop.deliverTwice();
  expect(await shop.typesOf(1)).toEqual(['OrderPlaced', 'OrderConfirmed']);
  const { events } = await shop.log.load(`order-${order(1)}`, 1);
  expect(events[0]).toMatchObject({
    data: linesOf(1),
    metadata: { causationId: shop.products.events[0]!.eventId },
  });
  expect(shop.told).toEqual([`order-${order(1)}`]);
});

it('an order whose stock was refused is rejected once, with what was short', async () => {
  await shop.placed(1);
  shop.refused(1);
  await shop.deliverTwice();
  expect(await shop.typesOf(1)).toEqual(['OrderPlaced', 'OrderRejected']);
  const { events } = await shop.log.load(`order-${order(1)}`, 1);
  expect(events[0]!.data).toEqual({
    orderId: order(1),
    userId,
    code: 'out-of-stock',
    items: [{ productId: product('lamp'), requested: 2, available: 1 }],
  });
});

it('many orders of one batch are decided each for itself', async () => {
  for (const n of [1, 2, 3]) await shop.placed(n);
  shop.reserved(1);
  shop.refused(2);
  shop.reserved(3);
  await shop.deliverTwice();
  expect(await Promise.all([1, 2, 3].map(n => shop.typesOf(n)))).toEqual([
    ['OrderPlaced', 'OrderConfirmed'],
    ['OrderPlaced', 'OrderRejected'],
    ['OrderPlaced', 'OrderConfirmed'],
  ]);
});

it('what is decided stays decided, whatever is told later', async () => {
  await shop.given(1, { type: 'OrderPlaced', data: linesOf(1) }, { type: 'OrderConfirmed', data: linesOf(1) });
  await shop.given(
    2,
    { type: 'OrderPlaced', data: linesOf(2) },
    { type: 'OrderConfirmed', data: linesOf(2) },
    { type: 'OrderCancelled', data: { ...linesOf(2), refund: linesOf(2).total } },
  );
  shop.refused(1);
  shop.reserved(2);
  await shop.deliverTwice();
  expect(await shop.typesOf(1)).toEqual(['OrderPlaced', 'OrderConfirmed']);
  expect(await shop.typesOf(2)).toEqual(['OrderPlaced', 'OrderConfirmed', 'OrderCancelled']);
});

it('an order that this log does not have is set aside, and other orders go on', async () => {
  await shop.placed(2);
  shop.reserved(1);
  shop.reserved(2);
  expect(await shop.deliverTwice()).toEqual({ parked: 2 });
  expect(await shop.typesOf(2)).toEqual(['OrderPlaced', 'OrderConfirmed']);
  expect(await shop.log.parkedTriggers('confirmation')).toMatchObject([
    { position: 1, key: order(1), reason: expect.stringContaining('unknown-order') },
    { position: 2, key: order(1) },
  ]);
});

it('what else happens to products decides nothing', async () => {
  await shop.placed(1);
  const productId = product('lamp');
  const details = { productId, title: 'Lamp', description: '', image: '/images/a.svg', category: 'c' };
  shop.tell({ type: 'ProductListed', data: { ...details, price: 1, currency: 'EUR' } });
  shop.tell({ type: 'ProductDetailsChanged', data: details });
  shop.tell({ type: 'ProductRepriced', data: { productId, price: 2 } });
  shop.tell({ type: 'StockReceived', data: { productId, quantity: 1 } });
  shop.tell({ type: 'StockReleased', data: { productId, orderId: order(1), quantity: 1 } });
  shop.tell({ type: 'ProductWithdrawn', data: { productId } });
  await shop.deliverTwice();
  expect(await shop.typesOf(1)).toEqual(['OrderPlaced']);
});
