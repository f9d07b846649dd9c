/** The commands and queries that controllers send over the buses. */
import { Command, Query } from '@nestjs/cqrs';
import type { LogPosition, Positions, ProductId } from '@foldline/contracts';
import type { CommandAnswer, CommandRequest } from '@foldline/service-runtime';
import type { CatalogueQuery } from './catalogue/catalogue-reader';
import type { CatalogueRow } from './catalogue/catalogue.project';
import type { ListProduct, ProductCommand } from './domain/product.commands';
import type { ProductState } from './domain/product.state';

export class ListNewProduct extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly fields: Omit<ListProduct, 'type' | 'productId'>,
  ) {
    super();
  }
}

/** Everything an admin does to a product that is there. */
export class AlterProduct extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly productId: ProductId,
    readonly command: Extract<ProductCommand, { type: 'ChangeProduct' | 'ReceiveStock' | 'WithdrawProduct' }>,
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

export interface ProductAt {
  readonly state: ProductState;
  readonly version: number;
  /** Of its last event. */
  readonly at?: LogPosition | undefined;
}

export class ReadProduct extends Query<ProductAt> {
  constructor(readonly productId: ProductId) {
    super();
  }
}

export interface CataloguePage {
  readonly rows: readonly CatalogueRow[];
  readonly positions: Positions;
  readonly lagEvents: number;
}

export class ReadCatalogue extends Query<CataloguePage> {
  constructor(
    readonly query: CatalogueQuery,
    readonly wanted: Positions,
    readonly waitSeconds: number,
  ) {
    super();
  }
}
