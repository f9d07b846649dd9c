/** What is wired to what in the orders service. */
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { OrderEvent, OrderId } from '@foldline/contracts';
import { CommandExecutor, type StateStore } from '@foldline/event-log';
import { StepSink } from '@foldline/process';
import type { Kit, ServiceParts } from '@foldline/service-kit';
import {
  Commands,
  keepProjection,
  openStates,
  openWritingService,
  problemOfLog,
  Readers,
  type WritingService,
} from '@foldline/service-runtime';
import { consumerName } from '@foldline/transport';
import { confirmation } from './confirmation/confirmation.step';
import { Decisions } from './decisions';
import { orderDecider } from './domain/order.decider';
import type { OrderState } from './domain/order.state';
import { OrdersController } from './http/orders.controller';
import { FactsReader } from './lookups/facts-reader';
import { FreshFacts } from './lookups/fresh-facts';
import { knownFacts } from './lookups/known-facts.project';
import { orderHandlers, OrderTools } from './order.handlers';
import type { OrdersConfig } from './orders.settings';

import { orderProblems } from './http/order.problems';

@Module({})
class OrdersModule {}

/** Its own copy of what users and products told, and the decision on orders when products has spoken. */
async function startOrderReaders(
  service: WritingService,
  tools: { states: StateStore<OrderState, OrderEvent>; decisions: Decisions },
  config: OrdersConfig,
  kit: Kit,
) {
  const { log, feed, reader } = service;
  const confirming = new StepSink(confirmation, {
    log,
    states: tools.states,
    onWritten: streams => {
      for (const stream of streams) tools.decisions.made(stream.slice('order-'.length) as OrderId);
    },
  });
  const readers = new Readers(kit);
  const facts = await keepProjection(kit, { projection: knownFacts, url: config.DATABASE_URL, reader, feed }, readers);
  readers.start({ sink: confirming, reader, feed, settings: { reader: consumerName(kit.service, confirmation.name) } });
  return facts;
}

export async function composeOrders(config: OrdersConfig, kit: Kit): Promise<ServiceParts> {
  const service = await openWritingService('orders', config, kit);
  const { log, pool, relay, reader } = service;
  const states = openStates<OrderState, OrderEvent>(log, orderDecider, kit);
  const decisions = new Decisions();
  const commands = new Commands('orders', new CommandExecutor(log, states), config.PUBLIC_URL);
  const keptFacts = await startOrderReaders(service, { states, decisions }, config, kit);
  const factsReader = new FactsReader(pool);
  const facts = new FreshFacts(factsReader, keptFacts, reader);
  const module: DynamicModule = {
    module: OrdersModule,
    imports: [CqrsModule.forRoot()],
    controllers: [OrdersController, ...service.controllers],
    providers: [
      ...service.providers,
      ...orderHandlers,
      { provide: OrderTools, useValue: new OrderTools(commands, states, facts, decisions) },
    ],
  };
  return {
    module,
    tokens: service.tokens,
    understand: problemOfLog,
    problems: orderProblems,
    microservice: service.microservice,
    started: () => relay.start(),
  };
}
