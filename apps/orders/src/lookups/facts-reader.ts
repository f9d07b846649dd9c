/** Looks up a buyer and prices: many orders of the same moment in one statement. */
import type { ProductId, UserId } from '@foldline/contracts';
import { Gathered, type Queryable } from '@foldline/postgres';
import { generationTable, ServingGeneration, servingSql } from '@foldline/projections';
import type { KnownProduct, PlaceOrder } from '../domain/order.commands';
import { buyersTable, knownFacts, pricesTable, type BuyerRow, type PriceRow } from './known-facts.project';

export interface Facts {
  readonly buyerStatus: PlaceOrder['buyerStatus'];
  readonly products: ReadonlyMap<string, KnownProduct>;
}

interface Ask {
  readonly userId: UserId;
  readonly productIds: readonly ProductId[];
}

interface Found {
  readonly serving: number;
  readonly buyers: readonly BuyerRow[] | null;
  readonly prices: readonly PriceRow[] | null;
}

const sqlOf = (generation: number): string => `
select ${servingSql(knownFacts.name)} as serving,
  (select json_agg(b) from ${generationTable(buyersTable, generation)} b where id = any($1::uuid[])) as buyers,
  (select json_agg(p) from ${generationTable(pricesTable, generation)} p where id = any($2::uuid[])) as prices`;

export class FactsReader {
  private readonly serving: ServingGeneration;
  private readonly gathered = new Gathered<Ask, Facts>(asks => this.readAll(asks), { calls: 2, asks: 100 });

  constructor(private readonly session: Queryable) {
    this.serving = new ServingGeneration(session, knownFacts.name);
  }

  read(userId: UserId, productIds: readonly ProductId[]): Promise<Facts> {
    return this.gathered.ask({ userId, productIds });
  }

  private async readAll(asks: readonly Ask[]): Promise<readonly Facts[]> {
    const found = await this.serving.read(async generation => {
      const values = [
        [...new Set(asks.map(({ userId }) => userId))],
        [...new Set(asks.flatMap(({ productIds }) => productIds))],
      ];
      const { rows } = await this.session.query<Found>({
        name: `known_facts_g${generation}`,
        text: sqlOf(generation),
        values,
      });
      return { serving: rows[0]!.serving, result: rows[0]! };
    });
    const buyers = new Map((found.buyers ?? []).map(({ id, status }) => [id, status]));
    const products = new Map(
      (found.prices ?? []).map(({ id, price, currency, status }) => [id, { price: Number(price), currency, status }]),
    );
    return asks.map(({ userId }) => ({
      buyerStatus: (buyers.get(userId) as 'active' | 'closed' | undefined) ?? 'unknown',
      products,
    }));
  }
}
