import type { OrderId, OrderEvent, ProductEvent, ProductId, StoredEvent } from '@foldline/contracts';
import { StateStore } from '@foldline/event-log';
import { MemoryEventLog } from '@foldline/event-log/testing';
import { StepSink } from '@foldline/process';
import { idOf, SampleLog } from '@foldline/projections/testing';
import { productDecider } from '../domain/product.decider';
import type { ProductState } from '../domain/product.state';
import { reservation } from './reservation.step';

const product = (name: string) => idOf(`product ${name}`) as ProductId;
const order = (n: number) => idOf(`order ${n}`) as OrderId;

type Lines = readonly (readonly [product: string, quantity: number])[];

/** The products log with its step, fed by an orders log of the test's own. */
class Shop {
  readonly orders = new SampleLog('orders');
  readonly log = new MemoryEventLog('products');
  private sink = this.newSink();

  private newSink() {
    const states = new StateStore<ProductState, ProductEvent>(this.log, productDecider);
    return new StepSink(reservation, { log: this.log, states });
  }

  private async write(stream: string, ...events: ProductEvent[]): Promise<void> {
    const { events: before } = await this.log.load(stream, 0);
    const id = idOf(`${stream} ${before.length}`);
    await this.log.append({
      writes: [{ stream, expectedVersion: before.length, events }],
      command: { id },
      metadata: { correlationId: id, causationId: id },
    });
  }

  async listed(name: string, stock: number, withdrawn = false): Promise<void> {
    const productId = product(name);
    const details = { productId, title: name, description: '', image: '/images/a.svg', category: 'c' };
    await this.write(
      `product-${productId}`,
      { type: 'ProductListed', data: { ...details, price: 1, currency: 'EUR' } },
      { type: 'StockReceived', data: { productId, quantity: stock } },
      ...(withdrawn ? [{ type: 'ProductWithdrawn', data: { productId } } as const] : []),
    );
  }

  tell(type: OrderEvent['type'], n: number, lines: Lines): void {
    const items = lines.map(([name, quantity]) => ({ productId: product(name), quantity, unitPrice: 1 }));
    const placedAt = '2026-01-01T00:00:00.000Z';
    const data = { orderId: order(n), userId: idOf('user'), items, total: 1, currency: 'EUR', placedAt };
    this.orders.append(type, `order-${order(n)}`, data);
  }

  private deliver(from: number, to: number) {
    const { incarnation, events } = this.orders;
    const at = { incarnation, position: from, eventId: events[from - 1]?.eventId ?? '' };
    return this.sink.apply({ log: 'orders', from: at, events: events.slice(from, to) });
  }

  /** Everything told so far: in one batch, and then all of it once more, one by one, to this process and to one that was just started. */
  async deliverTwice(from = 0): Promise<{ parked: number }> {
    const end = this.orders.events.length;
    const applied = await this.deliver(from, end);
    const before = await this.reactions();
    for (const restarted of [false, true]) {
      if (restarted) this.sink = this.newSink();
      for (let position = from; position < end; position += 1)
        expect(await this.deliver(position, position + 1)).toMatchObject({ checkpoint: { position: end } });
    }
    expect(await this.reactions()).toEqual(before);
    return { parked: applied.kind === 'applied' ? applied.parked.length : 0 };
  }

  /** What the step wrote, in the order of the log. */
  async reactions(): Promise<readonly StoredEvent[]> {
    const own = ['ProductListed', 'StockReceived', 'ProductWithdrawn'];
    return (await this.log.read(0, 1000)).filter(({ type }) => !own.includes(type));
  }

  async summary(): Promise<readonly (readonly unknown[])[]> {
    return (await this.reactions()).map(({ type, data }) => {
      const { productId, orderId, quantity, code, items } = data as Record<string, unknown>;
      return type === 'StockRefused' ? [type, orderId, code, items] : [type, orderId, productId, quantity];
    });
  }

  async available(name: string): Promise<number> {
    const states = new StateStore<ProductState, ProductEvent>(this.log, productDecider);
    const { state } = await states.load(`product-${product(name)}`);
    return state.status === 'none' ? NaN : state.available;
  }
}

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.listed('lamp', 3);
  await shop.listed('mug', 5);
});

describe('an order placed', () => {
  it('takes the stock of every line, once however often it is told', async () => {
    shop.tell('OrderPlaced', 1, [
      ['lamp', 2],
      ['mug', 5],
    ]);
    await shop.deliverTwice();
    expect(await shop.summary()).toEqual([
      ['StockReserved', order(1), product('lamp'), 2],
      ['StockReserved', order(1), product('mug'), 5],
    ]);
    expect([await shop.available('lamp'), await shop.available('mug')]).toEqual([1, 0]);
  });

  it('takes nothing when a line is short, and names every item that is', async () => {
    await shop.listed('gone', 9, true);
    shop.tell('OrderPlaced', 1, [
      ['mug', 1],
      ['lamp', 4],
      ['gone', 1],
      ['never listed', 2],
    ]);
    await shop.deliverTwice();
    const short = (name: string, requested: number, available: number) => ({
      productId: product(name),
      requested,
      available,
    });
    expect(await shop.summary()).toEqual([
      [
        'StockRefused',
        order(1),
        'out-of-stock',
        [short('lamp', 4, 3), short('gone', 1, 0), short('never listed', 2, 0)],
      ],
    ]);
    expect([await shop.available('lamp'), await shop.available('mug')]).toEqual([3, 5]);
  });

  it.each([
    ['product-withdrawn', 'gone'],
    ['unknown-product', 'never listed'],
  ])('is refused as %s', async (code, name) => {
    await shop.listed('gone', 9, true);
    shop.tell('OrderPlaced', 1, [[name, 1]]);
    await shop.deliverTwice();
    expect(await shop.summary()).toMatchObject([['StockRefused', order(1), code, [{ available: 0 }]]]);
  });

  it('with two lines of one product takes both or none', async () => {
    shop.tell('OrderPlaced', 1, [
      ['lamp', 2],
      ['lamp', 2],
    ]);
    shop.tell('OrderPlaced', 2, [
      ['lamp', 2],
      ['lamp', 1],
    ]);
    await shop.deliverTwice();
    expect(await shop.summary()).toEqual([
      ['StockReserved', order(2), product('lamp'), 2],
      ['StockReserved', order(2), product('lamp'), 1],
      ['StockRefused', order(1), 'out-of-stock', [{ productId: product('lamp'), requested: 2, available: 1 }]],
    ]);
    expect(await shop.available('lamp')).toBe(0);
  });

  it('finds what earlier orders of its batch have left', async () => {
    for (let n = 1; n <= 5; n += 1) shop.tell('OrderPlaced', n, [['lamp', 1]]);
    await shop.deliverTwice();
    const of = async (type: string) => (await shop.reactions()).filter(event => event.type === type).length;
    expect([await of('StockReserved'), await of('StockRefused'), await shop.available('lamp')]).toEqual([3, 2, 0]);
  });
});

describe('an order cancelled', () => {
  it('gives back what it took, once however often it is told', async () => {
    const lines: Lines = [
      ['lamp', 2],
      ['mug', 1],
    ];
    shop.tell('OrderPlaced', 1, lines);
    shop.tell('OrderConfirmed', 1, lines);
    shop.tell('OrderCancelled', 1, lines);
    await shop.deliverTwice();
    expect((await shop.summary()).filter(([type]) => type === 'StockReleased')).toEqual([
      ['StockReleased', order(1), product('lamp'), 2],
      ['StockReleased', order(1), product('mug'), 1],
    ]);
    expect([await shop.available('lamp'), await shop.available('mug')]).toEqual([3, 5]);
  });

  it('of a product that this log does not know is set aside, and other orders go on', async () => {
    shop.tell('OrderCancelled', 1, [['never listed', 1]]);
    shop.tell('OrderPlaced', 2, [['lamp', 1]]);
    expect(await shop.deliverTwice()).toEqual({ parked: 1 });
    expect(await shop.summary()).toEqual([['StockReserved', order(2), product('lamp'), 1]]);
    expect(await shop.log.parkedTriggers('reservation')).toMatchObject([
      { position: 1, key: `order-${order(1)}`, reason: expect.stringContaining('unknown-product') },
    ]);
  });
});

it('an order confirmed or rejected moves no stock', async () => {
  shop.tell('OrderConfirmed', 1, [['lamp', 1]]);
  shop.orders.append('OrderRejected', `order-${order(2)}`, {
    orderId: order(2),
    userId: idOf('user'),
    code: 'out-of-stock',
    items: [],
  });
  await shop.deliverTwice();
  expect(await shop.summary()).toEqual([]);
});
