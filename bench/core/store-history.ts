/** Logs in memory, for benches of stores alone: people, products, and orders that are confirmed. */
import { createHash } from 'node:crypto';
import { LOGS, type LogHead, type LogName, type StoredEvent } from '@foldline/contracts';
import type { LogReader } from '@foldline/projections';

const idOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export class StoreHistory implements LogReader {
  readonly logs = Object.fromEntries(LOGS.map(log => [log, [] as StoredEvent[]])) as Record<LogName, StoredEvent[]>;

  constructor(orders: number) {
    const [users, products] = [Math.ceil(orders / 10), Math.ceil(orders / 20)];
    for (let n = 0; n < users; n += 1) {
      const userId = idOf(`user ${n}`);
      const personal = { email: `bench-${n}@example.com`, displayName: `Bench user ${n}` };
      this.add('users', 'UserSignedUp', `user-${userId}`, 1, { userId, role: 'customer', personal });
    }
    for (let n = 0; n < products; n += 1) {
      const productId = idOf(`product ${n}`);
      const details = {
        title: `A product, number ${n}`,
        description: '',
        category: 'things',
        image: `/images/${n}.svg`,
      };
      this.add('products', 'ProductListed', `product-${productId}`, 1, {
        productId,
        ...details,
        price: 1999,
        currency: 'EUR',
      });
    }
    for (let n = 0; n < orders; n += 1) {
      const orderId = idOf(`order ${n}`);
      const items = [0, 1].map(i => ({
        productId: idOf(`product ${(n * 7 + i) % products}`),
        quantity: 1,
        unitPrice: 1999,
      }));
      const placedAt = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
      const data = { orderId, userId: idOf(`user ${n % users}`), items, total: 3998, currency: 'EUR', placedAt };
      this.add('orders', 'OrderPlaced', `order-${orderId}`, 1, data);
      this.add('orders', 'OrderConfirmed', `order-${orderId}`, 2, data);
    }
  }

  get events(): number {
    return Object.values(this.logs).reduce((sum, { length }) => sum + length, 0);
  }

  async head(log: LogName): Promise<LogHead> {
    const last = this.logs[log].at(-1)!;
    return { incarnation: last.incarnation, position: last.position, recordedAt: last.recordedAt };
  }

  async read(log: LogName, after: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.logs[log].slice(after, after + limit);
  }

  private add(log: LogName, type: string, stream: string, version: number, data: object): void {
    const events = this.logs[log];
    const position = events.length + 1;
    const eventId = idOf(`${log} ${position}`);
    events.push({
      ...{ log, incarnation: idOf(log), position, previousId: events.at(-1)?.eventId ?? '', eventId, stream, version },
      ...{ type, schemaVersion: 1, data, recordedAt: new Date(Date.UTC(2026, 0, 1) + position).toISOString() },
      metadata: { commandId: eventId, correlationId: eventId, causationId: eventId },
    });
  }
}
