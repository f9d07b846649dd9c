/** `/users`: signing up, and one's own account. */
import { Body, Controller, Delete, Get, Patch, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { UserId } from '@foldline/contracts';
import {
  CurrentUser,
  IdParam,
  ifMatch,
  problemFrom,
  Public,
  RateLimit,
  SelfOrAdmin,
  SignedIn,
  sendEtag,
  sendToken,
  wantedPositions,
  type Principal,
} from '@foldline/service-kit';
import { commandRequest, sendCommandAnswer } from '@foldline/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeUserProfile, CloseUserAccount, ReadUser, SignUpUser } from '../user.commands';
import { addressOf } from './address';
import { UserBody, userBody } from './user.answers';
import { userProblems } from './user.problems';
import { ProfileBody, SignUpBody } from './user.requests';

export class SignUpLimit extends RateLimit {}

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly limit: SignUpLimit,
  ) {}

  @Post()
  @Public()
  @ApiOperation({ summary: 'Sign up' })
  @ApiCreatedResponse({ type: UserBody })
  async signUp(
    @Body() { email, password, displayName }: SignUpBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.limit.use(addressOf(request), reply);
    const answer = await this.commands.execute(
      new SignUpUser(commandRequest(request, reply, { email, displayName }), { email, password, displayName }),
    );
    await sendCommandAnswer(request, reply, answer);
  }

  @Get('me')
  @SignedIn()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The user who is signed in' })
  @ApiOkResponse({ type: UserBody })
  async me(
    @CurrentUser() { userId }: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.read(userId, request, reply);
  }

  @Get(':id')
  @SelfOrAdmin()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'A user, as the log has it now' })
  @ApiOkResponse({ type: UserBody })
  async read(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { state, version } = await this.queries.execute(new ReadUser(id as UserId));
    const body = userBody(state);
    if (!body) throw problemFrom(userProblems, 'unknown-user');
    sendEtag(reply, version);
    sendToken(reply, wantedPositions(request), {});
    await reply.send(body);
  }

  @Patch(':id')
  @SelfOrAdmin()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change the profile; with If-Match only the version that was read' })
  @ApiOkResponse({ type: UserBody })
  async change(
    @IdParam() id: string,
    @Body() { displayName }: ProfileBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const expected = ifMatch(request, { required: false });
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(
        new ChangeUserProfile(commandRequest(request, reply), id as UserId, displayName, expected),
      ),
    );
  }

  @Delete(':id')
  @SelfOrAdmin()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Close the account, for good' })
  @ApiNoContentResponse()
  async close(@IdParam() id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(new CloseUserAccount(commandRequest(request, reply), id as UserId)),
    );
  }
}
