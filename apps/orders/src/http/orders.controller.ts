/** `/orders`: placing, looking, cancelling. */
import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { joinPositions, type OrderId, type ProductId } from '@foldline/contracts';
import {
  applied,
  CurrentUser,
  IdParam,
  KeptByOwner,
  preferenceOf,
  problem,
  problemFrom,
  sendEtag,
  sendStanding,
  SignedIn,
  wantedPositions,
  type Principal,
} from '@foldline/service-kit';
import { commandRequest, sendCommandAnswer, type CommandAnswer } from '@foldline/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrderState } from '../domain/order.state';
import { AwaitDecision, CancelPlacedOrder, PlaceNewOrder, ReadOrder } from '../order.commands';
import { orderBody, OrderBody } from './order.answers';
import { orderProblems } from './order.problems';
import { PlaceOrderBody } from './order.requests';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @SignedIn()
  @ApiOperation({ summary: 'Place an order; with Prefer: wait=N the answer waits for the decision' })
  @ApiCreatedResponse({ type: OrderBody })
  async place(
    @Body() { items, expectedTotal }: PlaceOrderBody,
    @CurrentUser() { userId }: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { wait, respondAsync } = preferenceOf(request);
    const lines = items.map(({ productId, quantity }) => ({ productId: productId as ProductId, quantity }));
    const answer = await this.commands.execute(
      new PlaceNewOrder(commandRequest(request, reply), userId, lines, expectedTotal, wantedPositions(request)),
    );
    if (answer.answer.status !== 201) await sendCommandAnswer(request, reply, answer);
    else if (respondAsync) {
      applied(reply, 'respond-async');
      void reply.header('retry-after', '1');
      await sendCommandAnswer(request, reply, { ...answer, answer: { ...answer.answer, status: 202 } });
    } else if (wait !== undefined) {
      applied(reply, `wait=${wait}`);
      await sendCommandAnswer(request, reply, await this.decided(answer, wait));
    } else await sendCommandAnswer(request, reply, answer);
  }

  @Get(':id')
  @SignedIn()
  @KeptByOwner()
  @ApiOperation({ summary: 'An order, as the log has it now' })
  @ApiOkResponse({ type: OrderBody })
  async read(
    @IdParam() id: string,
    @CurrentUser() user: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { state, version, at } = await this.queries.execute(new ReadOrder(id as OrderId, user.userId));
    assertVisible(state, user);
    sendEtag(reply, version);
    sendStanding(request, reply, 'orders', at);
    await reply.send(orderBody(state));
  }

  @Post(':id/cancellation')
  @HttpCode(200)
  @SignedIn()
  @ApiOperation({ summary: 'Cancel an order that was confirmed; its stock is given back' })
  @ApiOkResponse({ type: OrderBody })
  async cancel(
    @IdParam() id: string,
    @CurrentUser() user: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { state } = await this.queries.execute(new ReadOrder(id as OrderId, user.userId));
    assertVisible(state, user);
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(new CancelPlacedOrder(commandRequest(request, reply), id as OrderId)),
    );
  }

  /** The answer of the moment when the order is decided, or of the end of patience; then its token names the decision. */
  private async decided(answer: CommandAnswer, seconds: number): Promise<CommandAnswer> {
    const { id } = answer.answer.body as OrderBody;
    const { state, at } = await this.queries.execute(new AwaitDecision(id as OrderId, seconds));
    return {
      ...answer,
      answer: { ...answer.answer, body: orderBody(state) },
      positions: joinPositions(answer.positions, at ? { orders: at } : {}),
    };
  }
}

/** Others' orders are refused as such; that an id is unknown is told to everyone who is signed in, since ids cannot be guessed. */
function assertVisible(state: OrderState, { userId, role }: Principal): void {
  if (state.status === 'none') throw problemFrom(orderProblems, 'unknown-order');
  if (state.userId !== userId && role !== 'admin') throw problem('forbidden');
}
