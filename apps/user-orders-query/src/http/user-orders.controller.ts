/** `GET /users/:id/products` and `GET /users/:id/orders`: the stored text is sent as it is, with what it shows in the headers. */
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { isUuid } from '@foldline/contracts';
import {
  Cursors,
  DEFAULT_WAIT_SECONDS,
  KeptByOwner,
  preferenceOf,
  problem,
  retryLater,
  SelfOrAdmin,
  wantedPositions,
} from '@foldline/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoreUnavailableError } from '../query/read-store.port';
import { ReadUserOrders, ReadUserProducts, type Outcome, type Question } from '../query/user-orders.queries';
import { answerHeaders } from './answer-headers';
import { cursorScope, readListQuery } from './list-query';
import { ListedOrders, PurchasedProducts } from './user-orders.dto';
import { problemOf } from './user-orders.problems';

/** Events that the logs have and the read model has not, as far as is known. */
export const LAG_EVENTS = Symbol('how far the read model is behind');
export type LagEvents = () => number;

/** Whether this process keeps the user's purchases: false for those of other partitions. */
export const IS_KEPT_HERE = Symbol('whose purchases are kept here');
export type IsKeptHere = (userId: string) => boolean;

const waitMsOf = (request: FastifyRequest): number =>
  1000 * ((request.headers['prefer'] ? preferenceOf(request).wait : undefined) ?? DEFAULT_WAIT_SECONDS);

const ListParameters = () => (target: object, key: string, descriptor: PropertyDescriptor) => {
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })(target, key, descriptor);
  ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } })(
    target,
    key,
    descriptor,
  );
  ApiQuery({
    name: 'cursor',
    required: false,
    description: 'From the last page’s `next`',
    schema: { type: 'string' },
  })(target, key, descriptor);
};

@ApiTags('Purchases')
@ApiBearerAuth()
@Controller('users/:id')
export class UserOrdersController {
  constructor(
    private readonly queries: QueryBus,
    private readonly cursors: Cursors,
    @Inject(LAG_EVENTS) private readonly lagEvents: LagEvents,
    @Inject(IS_KEPT_HERE) private readonly isKeptHere: IsKeptHere,
  ) {}

  @ApiOperation({
    summary: 'What the user bought in confirmed, not cancelled orders, last bought first',
    description:
      'A product bought again while the list is walked page by page moves to its front, and a walk that has not come to it yet ' +
      'does not show it: read the first page once more to see what was bought meanwhile. ' +
      'One whose latest order is cancelled meanwhile moves back, and may come twice.',
  })
  @Get('products')
  @SelfOrAdmin()
  @KeptByOwner()
  @ListParameters()
  @ApiOkResponse({ type: PurchasedProducts })
  async products(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const question = this.question('products', request);
    this.send(reply, question, await this.ask(new ReadUserProducts(question)));
  }

  @ApiOperation({ summary: 'The user’s orders, newest first' })
  @Get('orders')
  @SelfOrAdmin()
  @KeptByOwner()
  @ListParameters()
  @ApiOkResponse({ type: ListedOrders })
  async orders(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const question = this.question('orders', request);
    this.send(reply, question, await this.ask(new ReadUserOrders(question)));
  }

  private question(list: 'products' | 'orders', request: FastifyRequest): Question {
    const { id: userId } = request.params as { id: string };
    if (!isUuid(userId))
      throw problem('invalid-request', {
        errors: [{ pointer: 'id', code: 'is-id', message: 'must be a lower-case UUID' }],
      });
    if (!this.isKeptHere(userId)) throw problem('misdirected-request');
    const caller = request.principal!.userId;
    return {
      userId,
      callerId: caller === userId ? null : caller,
      ...readListQuery(request.query, this.cursors, cursorScope(list, userId)),
      wanted: wantedPositions(request),
      waitMs: waitMsOf(request),
    };
  }

  private async ask(query: ReadUserProducts | ReadUserOrders): Promise<Outcome> {
    try {
      return await this.queries.execute<ReadUserProducts | ReadUserOrders, Outcome>(query);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw retryLater('service-unavailable', 1);
      throw error;
    }
  }

  private send(reply: FastifyReply, { wanted }: Question, outcome: Outcome): void {
    if (outcome.kind !== 'answer') throw problemOf(outcome);
    const { token, positions } = answerHeaders(wanted, outcome.positions);
    void reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('consistency-token', token)
      .header('foldline-positions', positions)
      .header('foldline-lag', String(this.lagEvents()));
    // A ready page brings its tag, so that nothing is digested where reads are fastest.
    if (outcome.tag !== undefined) void reply.header('etag', outcome.tag);
    void reply.send(outcome.body);
  }
}
