/** Command and query handlers of users: the one place where pure decisions meet ids, hashes and the log. */
import { CommandHandler, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { streamOf, type UserEvent, type UserId } from '@foldline/contracts';
import type { EventLog, StateStore } from '@foldline/event-log';
import { newId, problem, ProblemException, problemFrom } from '@foldline/service-kit';
import type { CommandAnswer, Commands } from '@foldline/service-runtime';
import type { Credentials } from './credentials/credentials';
import { emailClaim, normalEmail } from './credentials/email-claims';
import type { PasswordHashes } from './credentials/password-hashes';
import type { Session, Sessions } from './credentials/sessions';
import type { SigningKeys } from './credentials/signing-keys';
import { userDecider } from './domain/user.decider';
import type { UserState } from './domain/user.state';
import { userBody, type UserBody } from './http/user.answers';
import { userProblem, userProblems } from './http/user.problems';
import { ChangeUserProfile, ChangeUserRole, CloseUserAccount, ReadUser, SignUpUser } from './user.commands';

/** What the handlers work with; made by the composition root. */
export class UserTools {
  constructor(
    readonly commands: Commands<UserState, UserEvent>,
    readonly states: StateStore<UserState, UserEvent>,
    readonly log: EventLog,
    readonly credentials: Credentials,
    readonly passwords: PasswordHashes,
    readonly sessions: Sessions,
    readonly keys: SigningKeys,
    readonly issuer: string,
    /** Tells operators that a used refresh token came back. */
    readonly onReuse: (session: Session) => void,
  ) {}
}

@CommandHandler(SignUpUser)
export class SignUpUserHandler implements ICommandHandler<SignUpUser> {
  constructor(private readonly tools: UserTools) {}

  /**
   * The hash is kept first, and is only removed when it is certain that nobody was signed up with it: whatever happens in
   * between leaves at worst a hash of nobody, never a user who cannot sign in.
   */
  async execute({ request, fields: { email, password, displayName } }: SignUpUser): Promise<CommandAnswer> {
    const { commands, credentials, passwords } = this.tools;
    const userId = newId<UserId>();
    await credentials.keep(userId, await passwords.hash(password));
    const stream = streamOf.user(userId);
    const command = { type: 'SignUp', userId, role: 'customer', email: normalEmail(email), displayName } as const;
    try {
      const answer = await commands.run({
        stream,
        request,
        decide: state => userDecider.decide(command, state),
        claims: [emailClaim(email, stream)],
        answer: ({ state }) => ({ status: 201, body: userBody(state), headers: { location: `/users/${userId}` } }),
        rejected: userProblem,
        claimTaken: () => problemFrom(userProblems, 'email-taken'),
      });
      if (!answer.replayed) return answer;
      await credentials.remove(userId);
      await this.assertSamePassword(answer, password);
      return answer;
    } catch (error) {
      if (error instanceof ProblemException && error.kind.status < 500)
        await credentials.remove(userId).catch(() => undefined);
      throw error;
    }
  }

  /** The password has no part in the stored hash of the request, so a repeat shows it here. */
  private async assertSamePassword({ answer }: CommandAnswer, password: string): Promise<void> {
    const { credentials, passwords } = this.tools;
    const stored = answer.status === 201 && (await credentials.find((answer.body as UserBody).id as UserId));
    if (stored && !(await passwords.verify(stored, password))) throw problem('key-reused');
  }
}

@CommandHandler(ChangeUserProfile)
export class ChangeUserProfileHandler implements ICommandHandler<ChangeUserProfile> {
  constructor(private readonly tools: UserTools) {}

  execute({ request, userId, displayName, expectedVersion }: ChangeUserProfile): Promise<CommandAnswer> {
    return this.tools.commands.run({
      stream: streamOf.user(userId),
      request,
      expectedVersion,
      decide: state => userDecider.decide({ type: 'ChangeProfile', displayName }, state),
      answer: ({ state, version }) => ({ status: 200, body: userBody(state), headers: { etag: `"${version}"` } }),
      rejected: userProblem,
    });
  }
}

@CommandHandler(CloseUserAccount)
export class CloseUserAccountHandler implements ICommandHandler<CloseUserAccount> {
  constructor(private readonly tools: UserTools) {}

  /** The address becomes free again, and nobody can sign in any more. */
  async execute({ request, userId }: CloseUserAccount): Promise<CommandAnswer> {
    const { commands, states, credentials, sessions } = this.tools;
    const stream = streamOf.user(userId);
    const { state } = await states.load(stream);
    const answer = await commands.run({
      stream,
      request,
      decide: at => userDecider.decide({ type: 'CloseAccount' }, at),
      ...(state.status === 'active' && { releases: [emailClaim(state.email, stream)] }),
      answer: () => ({ status: 204 }),
      rejected: userProblem,
    });
    // What stays of these opens nothing: signing in and refreshing ask for the status first.
    await credentials.remove(userId).catch(() => undefined);
    await sessions.endAllOf(userId, 'closed').catch(() => undefined);
    return answer;
  }
}

@CommandHandler(ChangeUserRole)
export class ChangeUserRoleHandler implements ICommandHandler<ChangeUserRole> {
  constructor(private readonly tools: UserTools) {}

  execute({ request, userId, role, by }: ChangeUserRole): Promise<CommandAnswer> {
    return this.tools.commands.run({
      stream: streamOf.user(userId),
      request,
      decide: state => userDecider.decide({ type: 'ChangeRole', role, by }, state),
      answer: ({ state, version }) => ({ status: 200, body: userBody(state), headers: { etag: `"${version}"` } }),
      rejected: userProblem,
    });
  }
}

@QueryHandler(ReadUser)
export class ReadUserHandler implements IQueryHandler<ReadUser> {
  constructor(private readonly tools: UserTools) {}

  async execute({ userId }: ReadUser): Promise<{ state: UserState; version: number }> {
    return this.tools.states.load(streamOf.user(userId));
  }
}

export const userHandlers = [
  SignUpUserHandler,
  ChangeUserProfileHandler,
  ChangeUserRoleHandler,
  CloseUserAccountHandler,
  ReadUserHandler,
];
