/** What is wired to what in the products service. */
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { ProductEvent } from '@foldline/contracts';
import { CommandExecutor, type EventLog, type StateStore } from '@foldline/event-log';
import { connectPool } from '@foldline/postgres';
import { StepSink } from '@foldline/process';
import { PgProjectionStores, PROJECTION_SESSION_OPTIONS } from '@foldline/projections';
import { Cursors, type Kit, type ServiceParts } from '@foldline/service-kit';
import {
  Commands,
  openStates,
  openWritingService,
  ownLogReader,
  problemOfLog,
  GenerationKeeper,
  Readers,
  type WritingService,
} from '@foldline/service-runtime';
import { consumerName } from '@foldline/transport';
import { CatalogueReader, connectForList } from './catalogue/catalogue-reader';
import { catalogueModel, makeSearchable } from './catalogue/catalogue-search';
import { catalogue } from './catalogue/catalogue.project';
import { productDecider } from './domain/product.decider';
import type { ProductState } from './domain/product.state';
import { ProductsController } from './http/products.controller';
import { productHandlers, ProductTools } from './product.handlers';
import type { ProductsConfig } from './products.settings';
import { reservation } from './reservation/reservation.step';

import { productProblems } from './http/product.problems';

@Module({})
class ProductsModule {}

/** The product list is a projection of this service's own log: no broker is in between. */
async function keepCatalogue({ DATABASE_URL }: ProductsConfig, log: EventLog, readers: Readers, kit: Kit) {
  const writes = connectPool({
    url: DATABASE_URL,
    name: 'products-catalogue',
    max: 2,
    options: PROJECTION_SESSION_OPTIONS,
  });
  kit.shutdown.on('stores', () => writes.end());
  const stores = new PgProjectionStores(writes, [catalogueModel]);
  await stores.prepare();
  return GenerationKeeper.start(kit, readers, {
    projection: catalogue,
    stores,
    openServing: async () => {
      const sink = await stores.openServing(catalogue);
      await makeSearchable(writes, sink.generation);
      return sink;
    },
    reopen: generation => stores.reopen(catalogue, generation),
    reader: ownLogReader(log),
    settingsOf: () => ({}),
  });
}

async function startProductReaders(
  service: WritingService,
  states: StateStore<ProductState, ProductEvent>,
  config: ProductsConfig,
  kit: Kit,
) {
  const { log, feed, reader } = service;
  const readers = new Readers(kit);
  const list = await keepCatalogue(config, log, readers, kit);
  readers.start({
    sink: new StepSink(reservation, { log, states }),
    reader,
    feed,
    settings: { reader: consumerName(kit.service, reservation.name) },
  });
  const stop = log.onAppended(() => list.poke());
  kit.shutdown.on('intake', async () => stop());
  return list;
}

export async function composeProducts(config: ProductsConfig, kit: Kit): Promise<ServiceParts> {
  const service = await openWritingService('products', config, kit);
  const { log, relay } = service;
  const states = openStates<ProductState, ProductEvent>(log, productDecider, kit);
  const commands = new Commands('products', new CommandExecutor(log, states), config.PUBLIC_URL);
  const keptList = await startProductReaders(service, states, config, kit);
  const reads = connectForList(config.DATABASE_URL);
  kit.shutdown.on('stores', () => reads.end());
  const module: DynamicModule = {
    module: ProductsModule,
    imports: [CqrsModule.forRoot()],
    controllers: [ProductsController, ...service.controllers],
    providers: [
      ...service.providers,
      ...productHandlers,
      { provide: Cursors, useValue: service.cursors },
      {
        provide: ProductTools,
        useValue: new ProductTools(commands, states, log, new CatalogueReader(reads), keptList),
      },
    ],
  };
  return {
    module,
    tokens: service.tokens,
    understand: problemOfLog,
    problems: productProblems,
    microservice: service.microservice,
    started: () => relay.start(),
  };
}
