import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { OrderId, ProductId, UserId } from '@foldline/contracts';
import { CommandExecutor, StateStore, type EventLog, type NewEvent } from '@foldline/event-log';
import { MemoryEventLog } from '@foldline/event-log/testing';
import { StepSink, type ProcessStep } from '@foldline/process';
import type { Checkpoint } from '@foldline/projections';
import { confirmation } from '../../../apps/orders/src/confirmation/confirmation.step';
import { orderDecider } from '../../../apps/orders/src/domain/order.decider';
import { productDecider } from '../../../apps/products/src/domain/product.decider';
import { reservation } from '../../../apps/products/src/reservation/reservation.step';
import { checkPurchases } from '../checks/purchases';
import type { Evidence } from '../checks/evidence';
import type { LogEvent } from '../model/log-events';
import { ShopModel } from '../model/shop-model';

const PRODUCTS = [1, 2, 3].map(n => `0190a1b2-0000-7000-8000-00000000000${n}` as ProductId);
const USER = '0190a1b2-0000-7000-8000-0000000000aa' as UserId;
const AT = '2026-01-01T10:00:00.000Z';

type Happening =
  | { readonly kind: 'buy'; readonly products: readonly number[]; readonly quantity: number }
  | { readonly kind: 'cancel' | 'withdraw'; readonly which: number }
  | { readonly kind: 'restock'; readonly which: number; readonly quantity: number }
  /** A batch is decided and written; `forgotten`: the process dies with its memory, and an older batch comes again. */
  | { readonly kind: 'reserve' | 'confirm'; readonly batch: number; readonly forgotten: boolean };

const which = fc.nat({ max: 50 });
const quantity = fc.integer({ min: 1, max: 4 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('buy' as const),
      products: fc.uniqueArray(fc.nat({ max: 2 }), { minLength: 1, maxLength: 3 }),
      quantity,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restock' as const), which, quantity }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constantFrom('reserve' as const, 'confirm' as const),
      batch: fc.integer({ min: 1, max: 8 }),
      forgotten: fc.boolean(),
    }),
  },
);

/** A process step as a service runs it, over another log, in batches as the test cuts them. */
class Step<From extends 'orders' | 'products', State, Event extends NewEvent> {
  private sink: StepSink<From, State, Event>;
  private at: Checkpoint | undefined;

  constructor(
    private readonly step: ProcessStep<From, State, Event>,
    private readonly from: EventLog,
    private readonly into: EventLog,
    private readonly states: () => StateStore<State, Event>,
  ) {
    this.sink = new StepSink(step, { log: into, states: states() });
  }

  /** How many events it moved on by. */
  async run(batch: number, forgotten: boolean): Promise<number> {
    const stored = await this.sink.checkpoint(this.step.from);
    const { incarnation } = await this.from.head();
    const now = stored ?? { incarnation, position: 0, eventId: '' };
    const start = forgotten ? (this.at ?? now) : now;
    if (forgotten) this.sink = new StepSink(this.step, { log: this.into, states: this.states() });
    const events = await this.from.read(start.position, batch);
    if (events.length === 0) return 0;
    this.at = start;
    const applied = await this.sink.apply({ log: this.step.from, from: start, events });
    return applied.checkpoint.position - now.position;
  }
}

class Shop {
  readonly products = new MemoryEventLog('products');
  readonly orders = new MemoryEventLog('orders');
  private readonly placed: OrderId[] = [];
  private readonly ofProducts = () => new StateStore(this.products, productDecider);
  private readonly ofOrders = () => new StateStore(this.orders, orderDecider);
  private readonly selling = new CommandExecutor(this.products, this.ofProducts());
  private readonly ordering = new CommandExecutor(this.orders, this.ofOrders());
  readonly reserving = new Step(reservation, this.orders, this.products, this.ofProducts);
  readonly confirming = new Step(confirmation, this.products, this.orders, this.ofOrders);

  async open(): Promise<void> {
    for (const productId of PRODUCTS) {
      const details = { title: 'T', description: '', image: '/images/x.svg', category: 'c', price: 5, currency: 'EUR' };
      await this.sell(productId, { type: 'ListProduct', productId, ...details, stock: 6 });
    }
  }

  async happens(event: Happening): Promise<void> {
    switch (event.kind) {
      case 'buy':
        return this.buy(event.products, event.quantity);
      case 'cancel': {
        const id = this.placed[event.which % Math.max(1, this.placed.length)];
        return id && this.order(id, { type: 'CancelOrder' });
      }
      case 'restock':
        return this.sell(PRODUCTS[event.which % 3]!, { type: 'ReceiveStock', quantity: event.quantity });
      case 'withdraw':
        return this.sell(PRODUCTS[event.which % 3]!, { type: 'WithdrawProduct' });
      case 'reserve':
        return void (await this.reserving.run(event.batch, event.forgotten));
      case 'confirm':
        return void (await this.confirming.run(event.batch, event.forgotten));
    }
  }

  /** Until neither step has anything to do. */
  async rest(): Promise<void> {
    while ((await this.reserving.run(5, false)) + (await this.confirming.run(5, false)) > 0);
  }

  async logs(): Promise<Evidence['logs']['events']> {
    const of = async (log: 'products' | 'orders', from: EventLog): Promise<LogEvent[]> =>
      (await from.read(0, 100_000)).map(({ eventId: id, ...event }) => ({ ...event, log, id }) as LogEvent);
    return { users: [], products: await of('products', this.products), orders: await of('orders', this.orders) };
  }

  private async buy(wanted: readonly number[], units: number): Promise<void> {
    const orderId = randomUUID() as unknown as OrderId;
    const product = { price: 5, currency: 'EUR', status: 'listed' };
    this.placed.push(orderId);
    await this.order(orderId, {
      type: 'PlaceOrder',
      orderId,
      userId: USER,
      placedAt: AT,
      buyerStatus: 'active',
      items: wanted.map(n => ({ productId: PRODUCTS[n]!, quantity: units, product })),
    });
  }

  private async sell(id: ProductId, command: Parameters<typeof productDecider.decide>[0]): Promise<void> {
    const decide = (state: Parameters<typeof productDecider.decide>[1]) => productDecider.decide(command, state);
    await this.selling.execute({ stream: `product-${id}`, decide, ...named() });
  }

  private async order(id: OrderId, command: Parameters<typeof orderDecider.decide>[0]): Promise<void> {
    const decide = (state: Parameters<typeof orderDecider.decide>[1]) => orderDecider.decide(command, state);
    await this.ordering.execute({ stream: `order-${id}`, decide, ...named() });
  }
}

const named = () => {
  const id = randomUUID();
  return { command: { id }, metadata: { correlationId: id, causationId: id } };
};

it('an order is decided once and takes all lines or none, however its steps are cut, repeated and interleaved', async () => {
  const seen = { confirmed: 0, rejected: 0, cancelled: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 30, maxLength: 80, size: 'max' }), async story => {
      const shop = new Shop();
      await shop.open();
      await shop.rest();
      for (const next of story) await shop.happens(next);
      await shop.rest();
      const events = await shop.logs();
      const model = new ShopModel();
      for (const event of [...events.products, ...events.orders]) model.apply(event);
      const judged = checkPurchases({ model, logs: { events } } as unknown as Evidence);
      expect(judged.flatMap(({ violations }) => violations)).toEqual([]);
      for (const { confirmed, rejected, cancelled } of model.orders.values()) {
        if (confirmed) seen.confirmed += 1;
        if (rejected) seen.rejected += 1;
        if (cancelled) seen.cancelled += 1;
      }
    }),
    { numRuns: 40 },
  );
  // The run counts only if there was something to fight over.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
}, 60_000);
