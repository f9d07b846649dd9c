/** `/users`: signing up, and one's own account. */
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Req, Res } from '@nestjs/common';
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
  AdminOnly,
  CurrentUser,
  IdParam,
  ifMatch,
  KeptByOwner,
  problemFrom,
  Public,
  SelfOrAdmin,
  SignedIn,
  sendEtag,
  sendToken,
  wantedPositions,
  type Principal,
} from '@foldline/service-kit';
import { commandRequest, sendCommandAnswer } from '@foldline/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangePassword } from '../session.commands';
import { ChangeUserProfile, ChangeUserRole, CloseUserAccount, ReadUser, SignUpUser } from '../user.commands';
import { addressOf } from './address';
import { PasswordLimit, SignUpLimit } from './limits';
import { UserBody, userBody } from './user.answers';
import { userProblems } from './user.problems';
import { PasswordBody, ProfileBody, RoleBody, SignUpBody } from './user.requests';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly limit: SignUpLimit,
    private readonly perUser: PasswordLimit,
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
  @KeptByOwner()
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

  @Post('me/password')
  @HttpCode(204)
  @SignedIn()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change my password; all my other sessions end' })
  @ApiNoContentResponse()
  async changePassword(
    @CurrentUser() { userId, sessionId }: Principal,
    @Body() { currentPassword, newPassword }: PasswordBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.perUser.use(userId, reply);
    const command = new ChangePassword(userId, currentPassword, newPassword, sessionId);
    if (!(await this.commands.execute(command))) throw problemFrom(userProblems, 'wrong-password');
  }

  @Get(':id')
  @SelfOrAdmin()
  @KeptByOwner()
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

  @Post(':id/role')
  @AdminOnly()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change the role of a user; tokens of before keep the old one for 15 minutes at most' })
  @ApiOkResponse({ type: UserBody })
  async changeRole(
    @IdParam() id: string,
    @Body() { role }: RoleBody,
    @CurrentUser() { userId: by }: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendCommandAnswer(
      request,
      reply,
      await this.commands.execute(new ChangeUserRole(commandRequest(request, reply), id as UserId, role, by)),
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
