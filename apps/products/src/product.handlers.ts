/** Command and query handlers of products: the one place where pure decisions meet ids and the log. */
import { CommandHandler, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { streamOf, type ProductEvent, type ProductId } from '@foldline/contracts';
import type { EventLog, StateStore } from '@foldline/event-log';
import { assertPossible, etagOf, newId, retryLater } from '@foldline/service-kit';
import { problemOfLog, type CommandAnswer, type Commands, type GenerationKeeper } from '@foldline/service-runtime';
import type { CatalogueReader } from './catalogue/catalogue-reader';
import { productDecider } from './domain/product.decider';
import type { ProductState } from './domain/product.state';
import { productBody } from './http/product.answers';
import { productProblem } from './http/product.problems';
import {
  AlterProduct,
  ListNewProduct,
  ReadCatalogue,
  ReadProduct,
  type CataloguePage,
  type ProductAt,
} from './product.commands';

/** What the handlers work with; made by the composition root. */
export class ProductTools {
  constructor(
    readonly commands: Commands<ProductState, ProductEvent>,
    readonly states: StateStore<ProductState, ProductEvent>,
    readonly log: EventLog,
    readonly list: CatalogueReader,
    readonly keptList: GenerationKeeper,
  ) {}
}

@CommandHandler(ListNewProduct)
export class ListNewProductHandler implements ICommandHandler<ListNewProduct> {
  constructor(private readonly tools: ProductTools) {}

  execute({ request, fields }: ListNewProduct): Promise<CommandAnswer> {
    const productId = newId<ProductId>();
    return this.tools.commands.run({
      stream: streamOf.product(productId),
      request,
      decide: state => productDecider.decide({ type: 'ListProduct', productId, ...fields }, state),
      answer: ({ state, version }) => ({
        status: 201,
        body: productBody(state),
        headers: { location: `/products/${productId}`, etag: etagOf(version) },
      }),
      rejected: productProblem,
    });
  }
}

@CommandHandler(AlterProduct)
export class AlterProductHandler implements ICommandHandler<AlterProduct> {
  constructor(private readonly tools: ProductTools) {}

  execute({ request, productId, command, expectedVersion }: AlterProduct): Promise<CommandAnswer> {
    return this.tools.commands.run({
      stream: streamOf.product(productId),
      request,
      expectedVersion,
      decide: state => productDecider.decide(command, state),
      answer: ({ state, version }) =>
        command.type === 'WithdrawProduct'
          ? { status: 204 }
          : { status: 200, body: productBody(state), headers: { etag: etagOf(version) } },
      rejected: productProblem,
    });
  }
}

@QueryHandler(ReadProduct)
export class ReadProductHandler implements IQueryHandler<ReadProduct> {
  constructor(private readonly tools: ProductTools) {}

  execute({ productId }: ReadProduct): Promise<ProductAt> {
    return this.tools.states.load(streamOf.product(productId)).catch((error: unknown) => {
      throw problemOfLog(error);
    });
  }
}

@QueryHandler(ReadCatalogue)
export class ReadCatalogueHandler implements IQueryHandler<ReadCatalogue> {
  constructor(private readonly tools: ProductTools) {}

  async execute({ query, wanted, waitSeconds }: ReadCatalogue): Promise<CataloguePage> {
    const { log, list, keptList } = this.tools;
    if (wanted.products) assertPossible(wanted, 'products', await log.head());
    const asked = wanted.products ? { products: wanted.products } : {};
    const found = await keptList.read(asked, waitSeconds * 1000, () => list.page(query));
    if (!found) throw retryLater('read-model-behind', 1);
    return { rows: found.result, positions: found.positions, lagEvents: keptList.lagEvents() };
  }
}

export const productHandlers = [ListNewProductHandler, AlterProductHandler, ReadProductHandler, ReadCatalogueHandler];
