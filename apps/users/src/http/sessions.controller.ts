/** `/sessions`: an e-mail address and a password for tokens, and new tokens for a refresh token. */
import { Body, Controller, Delete, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentUser, problemFrom, Public, SignedIn, type Principal } from '@foldline/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { emailValue } from '../credentials/email-claims';
import { EndAllSessions, EndSession, RefreshSession, StartSession, type SessionTokens } from '../session.commands';
import { addressOf } from './address';
import { AccountLimit, AddressLimit, RefreshLimit } from './limits';
import { SessionBody } from './user.answers';
import { userProblems } from './user.problems';
import { RefreshBody, SessionRequestBody } from './user.requests';

const refused = (code: 'wrong-credentials' | 'session-over') =>
  problemFrom(userProblems, code, { headers: { 'www-authenticate': 'Bearer realm="foldline"' } });

const sessionBody = ({ accessToken, expiresIn, refreshToken, userId }: SessionTokens): SessionBody => ({
  accessToken,
  tokenType: 'Bearer',
  expiresIn,
  refreshToken,
  userId,
});

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly perAccount: AccountLimit,
    private readonly perAddress: AddressLimit,
    private readonly perRefresh: RefreshLimit,
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
    if (!session) throw refused('wrong-credentials');
    return sessionBody(session);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'New tokens for a refresh token',
    description: 'A refresh token is good once. One that comes a second time was stolen or lost: its session ends.',
  })
  @ApiOkResponse({ type: SessionBody })
  async refresh(
    @Body() { refreshToken }: RefreshBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionBody> {
    await this.perRefresh.use(addressOf(request), reply);
    const session = await this.commands.execute(new RefreshSession(refreshToken));
    if (!session) throw refused('session-over');
    return sessionBody(session);
  }

  @Post('sign-out')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'End the session of a refresh token; its access tokens end within 15 minutes' })
  @ApiNoContentResponse()
  async signOut(
    @Body() { refreshToken }: RefreshBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.perRefresh.use(addressOf(request), reply);
    await this.commands.execute(new EndSession(refreshToken));
  }

  @Delete()
  @HttpCode(204)
  @SignedIn()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End all of my sessions, this one too' })
  @ApiNoContentResponse()
  async signOutEverywhere(@CurrentUser() { userId }: Principal): Promise<void> {
    await this.commands.execute(new EndAllSessions(userId));
  }
}
