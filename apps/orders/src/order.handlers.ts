/** Command and query handlers of orders: the one place where pure decisions meet ids, time, facts and the log. */
import { CommandHandler, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { streamOf, type OrderEvent, type OrderId } from '@foldline/contracts';
import type { StateStore } from '@foldline/event-log';
import { newId, timeNow } from '@foldline/service-kit';
import { problemOfLog, type CommandAnswer, type Commands } from '@foldline/service-runtime';
import type { Decisions } from './decisions';
import { orderDecider } from './domain/order.decider';
import type { OrderState } from './domain/order.state';
import { orderBody } from './http/order.answers';
import { orderProblem } from './http/order.problems';
import type { FreshFacts } from './lookups/fresh-facts';
import { AwaitDecision, CancelPlacedOrder, PlaceNewOrder, ReadOrder, type OrderAt } from './order.commands';

/** What the handlers work with; made by the composition root. */
export class OrderTools {
  constructor(
    readonly commands: Commands<OrderState, OrderEvent>,
    readonly states: StateStore<OrderState, OrderEvent>,
    readonly facts: FreshFacts,
    readonly decisions: Decisions,
  ) {}

  load(orderId: OrderId): Promise<OrderAt> {
    return this.states.load(streamOf.order(orderId)).catch((error: unknown) => {
      throw problemOfLog(error);
    });
  }
}

@CommandHandler(PlaceNewOrder)
export class PlaceNewOrderHandler implements ICommandHandler<PlaceNewOrder> {
  constructor(private readonly tools: OrderTools) {}

  /** One round trip for the facts, one for the append. A new order's stream is known to be empty: it is not loaded. */
  async execute({ request, userId, items, expectedTotal, wanted }: PlaceNewOrder): Promise<CommandAnswer> {
    const { commands, facts, states } = this.tools;
    const { buyerStatus, products } = await facts.read(
      userId,
      items.map(({ productId }) => productId),
      wanted,
    );
    const orderId = newId<OrderId>();
    const stream = streamOf.order(orderId);
    states.remember(stream, 0, orderDecider.initial);
    const command = {
      type: 'PlaceOrder',
      orderId,
      userId,
      placedAt: timeNow(),
      buyerStatus,
      items: items.map(item => ({ ...item, product: products.get(item.productId) })),
      ...(expectedTotal && { expectedTotal }),
    } as const;
    return commands.run({
      stream,
      request,
      decide: state => orderDecider.decide(command, state),
      answer: ({ state }) => ({ status: 201, body: orderBody(state), headers: { location: `/orders/${orderId}` } }),
      rejected: orderProblem,
    });
  }
}

@CommandHandler(CancelPlacedOrder)
export class CancelPlacedOrderHandler implements ICommandHandler<CancelPlacedOrder> {
  constructor(private readonly tools: OrderTools) {}

  execute({ request, orderId }: CancelPlacedOrder): Promise<CommandAnswer> {
    return this.tools.commands.run({
      stream: streamOf.order(orderId),
      request,
      decide: state => orderDecider.decide({ type: 'CancelOrder' }, state),
      answer: ({ state }) => ({ status: 200, body: orderBody(state) }),
      rejected: orderProblem,
    });
  }
}

@QueryHandler(ReadOrder)
export class ReadOrderHandler implements IQueryHandler<ReadOrder> {
  constructor(private readonly tools: OrderTools) {}

  /** An account that this service knows to be closed sees nothing more, however long its token lives. */
  async execute({ orderId, callerId }: ReadOrder): Promise<OrderAt> {
    const [order, isClosed] = await Promise.all([this.tools.load(orderId), this.tools.facts.isClosed(callerId)]);
    if (isClosed) throw orderProblem({ code: 'account-closed' });
    return order;
  }
}

/** Another replica may have decided: then nobody tells this one, and it looks by itself. */
const LOOK_MS = 250;

@QueryHandler(AwaitDecision)
export class AwaitDecisionHandler implements IQueryHandler<AwaitDecision> {
  constructor(private readonly tools: OrderTools) {}

  async execute({ orderId, seconds }: AwaitDecision): Promise<OrderAt> {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      const waiting = this.tools.decisions.on(orderId, Math.max(0, Math.min(LOOK_MS, until - Date.now())));
      try {
        const order = await this.tools.load(orderId);
        if (order.state.status !== 'placed' || Date.now() >= until) return order;
        await waiting.done;
      } finally {
        waiting.cancel();
      }
    }
  }
}

export const orderHandlers = [PlaceNewOrderHandler, CancelPlacedOrderHandler, ReadOrderHandler, AwaitDecisionHandler];
