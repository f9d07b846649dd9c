/** The lists read from the rows of the serving generation, many users in one statement. */
import { connectPool, type Pool } from '@foldline/postgres';
import { PROJECTION_SESSION_OPTIONS, ServingGeneration } from '@foldline/projections';
import { userOrders } from '../../projection/user-orders.project';
import type { After, ListAsked, Moment, OrderList, PurchaseList, ReadStore } from '../../query/read-store.port';
import { Gathered } from '@foldline/postgres';
import { askStore } from './ask-store';
import { ordersSql, purchasesSql } from './list-sql';
import { withMoment, type MomentRow } from './moment';

/** Before the first row of a list sorted newest first. */
const START: After = { at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

interface ListRow extends MomentRow {
  readonly items: string;
  readonly more: boolean;
  readonly last_at: string | null;
  readonly last_id: string | null;
}
interface PurchaseListRow extends ListRow {
  readonly incomplete: boolean;
  readonly pending: number;
}

const nextOf = ({ more, last_at, last_id }: ListRow): After | null => (more ? { at: last_at!, id: last_id! } : null);

export const connectForReads = (url: string, max = 4): Pool =>
  connectPool({ url, name: 'user-orders-query reads', max, options: PROJECTION_SESSION_OPTIONS });

export class PgReadStore implements ReadStore {
  private readonly serving: ServingGeneration;
  private readonly gatheredPurchases: Gathered<ListAsked, PurchaseList>;
  private readonly gatheredOrders: Gathered<ListAsked, OrderList>;

  constructor(private readonly pool: Pool) {
    this.serving = new ServingGeneration(pool, userOrders.name);
    this.gatheredPurchases = this.gathering<PurchaseListRow, PurchaseList>('purchases', purchasesSql, row => ({
      items: row.items,
      incomplete: row.incomplete,
      pending: row.pending,
      next: nextOf(row),
    }));
    this.gatheredOrders = this.gathering<ListRow, OrderList>('orders', ordersSql, row => ({
      items: row.items,
      next: nextOf(row),
    }));
  }

  purchases(asked: ListAsked): Promise<PurchaseList> {
    return this.gatheredPurchases.ask(asked);
  }
  orders(asked: ListAsked): Promise<OrderList> {
    return this.gatheredOrders.ask(asked);
  }

  private gathering<Row extends MomentRow, Answer extends Moment>(
    name: string,
    sql: (generation: number) => string,
    answer: (row: Row) => Omit<Answer, keyof Moment>,
  ): Gathered<ListAsked, Answer> {
    const texts = new Map<number, string>();
    const textOf = (generation: number): string => {
      const text = texts.get(generation) ?? sql(generation);
      texts.set(generation, text);
      return text;
    };
    return new Gathered(asked =>
      askStore(this.serving, async generation => {
        const values = [
          asked.map(({ userId }) => userId),
          asked.map(({ callerId }) => callerId),
          asked.map(({ limit }) => limit),
          asked.map(({ after }) => (after ?? START).at),
          asked.map(({ after }) => (after ?? START).id),
        ];
        const text = textOf(generation);
        const { rows } = await this.pool.query<Row>({ name: `${name}_g${generation}`, text, values });
        return withMoment(rows, answer) as unknown as { serving: number; result: Answer[] };
      }),
    );
  }
}
