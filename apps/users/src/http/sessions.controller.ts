/** `/sessions`: an e-mail address and a password for an access token. */
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { problemFrom, Public, RateLimit } from '@foldline/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { emailValue } from '../credentials/email-claims';
import { StartSession } from '../user.commands';
import { addressOf } from './address';
import { SessionBody } from './user.answers';
import { userProblems } from './user.problems';
import { SessionRequestBody } from './user.requests';

/** Counts tries on one account, from wherever. */
export class AccountLimit extends RateLimit {}
/** Counts tries from one address, on whatever accounts. */
export class AddressLimit extends RateLimit {}

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly perAccount: AccountLimit,
    private readonly perAddress: AddressLimit,
  ) {}

  @Post()
  @HttpCode(201)
  @Public()
  @ApiOperation({ summary: 'Sign in' })
  @ApiCreatedResponse({ type: SessionBody })
  async signIn(
    @Body() { email, password }: SessionRequestBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionBody> {
    await this.perAddress.use(addressOf(request), reply);
    await this.perAccount.use(emailValue(email), reply);
    const session = await this.commands.execute(new StartSession(email, password));
    if (!session)
      throw problemFrom(userProblems, 'wrong-credentials', {
        headers: { 'www-authenticate': 'Bearer realm="foldline"' },
      });
    return { ...session, tokenType: 'Bearer' };
  }
}
