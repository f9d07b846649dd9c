/** `/products`: everybody looks, admins change. */
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { ProductId } from '@foldline/contracts';
import {
  AdminOnly,
  Cursors,
  DEFAULT_WAIT_SECONDS,
  IdParam,
  ifMatch,
  KeptByAnyone,
  preferenceOf,
  problemFrom,
  Public,
  sendEtag,
  sendPositions,
  sendStanding,
  sendToken,
  wantedPositions,
} from '@foldline/service-kit';
import { commandRequest, sendCommandAnswer } from '@foldline/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sortValueOf } from '../catalogue/catalogue-reader';
import type { ProductCommand } from '../domain/product.commands';
import { AlterProduct, ListNewProduct, ReadCatalogue, ReadProduct } from '../product.commands';
import { listedBody, productBody, ProductBody, ProductPage } from './product.answers';
import { productProblems } from './product.problems';
import { ChangeProductBody, ListProductBody, ProductsQuery, ReceiveStockBody } from './product.requests';

@ApiTags('products')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Public()
  @KeptByAnyone(5)
  @ApiOperation({ summary: 'Look through the products' })
  @ApiOkResponse({ type: ProductPage })
  async list(
    @Query() { cursor, limit, q, category, sort }: ProductsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductPage> {
    const scope = JSON.stringify(['products', q ?? null, category ?? null, sort]);
    const after = cursor === undefined ? undefined : (this.cursors.decode(scope, cursor) as [string | number, string]);
    const wanted = wantedPositions(request);
    const wait = preferenceOf(request).wait ?? DEFAULT_WAIT_SECONDS;
    const query = {
      sort,
      limit,
      ...(q !== undefined && { q }),
      ...(category !== undefined && { category }),
      ...(after && { after }),
    };
    const { rows, positions, lagEvents } = await this.queries.execute(new ReadCatalogue(query, wanted, wait));
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last ? this.cursors.encode(scope, [sortValueOf(sort, last), last.id]) : null;
    sendToken(reply, wanted, positions);
    sendPositions(reply, positions, lagEvents);
    if (next) {
      const params = new URLSearchParams({
        ...(q !== undefined && { q }),
        ...(category !== undefined && { category }),
        sort,
        limit: String(limit),
        cursor: next,
      });
      void reply.header('link', `</products?${params.toString()}>; rel="next"`);
    }
    return { items: shown.map(listedBody), next };
  }

  @Get(':id')
  @Public()
  @KeptByAnyone(0)
  @ApiOperation({ summary: 'A product, as the log has it now' })
  @ApiOkResponse({ type: ProductBody })
  async read(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { state, version, at } = await this.queries.execute(new ReadProduct(id as ProductId));
    const body = productBody(state);
    if (!body) throw problemFrom(productProblems, 'unknown-product');
    sendEtag(reply, version);
    sendStanding(request, reply, 'products', at);
    await reply.send(body);
  }

  @Post()
  @AdminOnly()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'List a product' })
  @ApiCreatedResponse({ type: ProductBody })
  async add(
    @Body() { price, stock = 0, ...details }: ListProductBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = { ...details, price: price.amount, currency: price.currency, stock };
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(new ListNewProduct(commandRequest(request, reply), fields)),
    );
  }

  @Patch(':id')
  @AdminOnly()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change a product; If-Match names the version that was read' })
  @ApiOkResponse({ type: ProductBody })
  async change(
    @IdParam() id: string,
    @Body() body: ChangeProductBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const expected = ifMatch(request, { required: true });
    await this.alter(id, { type: 'ChangeProduct', ...body }, request, reply, expected);
  }

  @Post(':id/stock')
  @HttpCode(200)
  @AdminOnly()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Receive stock' })
  @ApiOkResponse({ type: ProductBody })
  async receive(
    @IdParam() id: string,
    @Body() { quantity }: ReceiveStockBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.alter(id, { type: 'ReceiveStock', quantity }, request, reply);
  }

  @Delete(':id')
  @AdminOnly()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Withdraw a product: it can be bought no more' })
  @ApiNoContentResponse()
  async withdraw(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.alter(id, { type: 'WithdrawProduct' }, request, reply);
  }

  private async alter(
    id: string,
    command: Extract<ProductCommand, { type: 'ChangeProduct' | 'ReceiveStock' | 'WithdrawProduct' }>,
    request: FastifyRequest,
    reply: FastifyReply,
    expected?: number,
  ): Promise<void> {
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(new AlterProduct(commandRequest(request, reply), id as ProductId, command, expected)),
    );
  }
}
