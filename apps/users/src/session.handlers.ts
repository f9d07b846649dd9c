/** Command handlers of sign-ins: passwords and refresh tokens for access tokens. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streamOf, type UserId } from '@foldline/contracts';
import { newId, retryLater, signAccessToken, TOKEN_LIFETIME } from '@foldline/service-kit';
import { emailValue, EMAIL_SCOPE } from './credentials/email-claims';
import type { Session } from './credentials/sessions';
import type { UserState } from './domain/user.state';
import {
  ChangePassword,
  EndAllSessions,
  EndSession,
  RefreshSession,
  StartSession,
  type SessionTokens,
} from './session.commands';
import { UserTools } from './user.handlers';

async function tokensOf(
  { keys, issuer }: UserTools,
  { role }: Extract<UserState, { status: 'active' }>,
  { userId, sessionId }: Session,
  refreshToken: string,
): Promise<SessionTokens> {
  const accessToken = await signAccessToken(await keys.signing(), issuer, { userId, role, sessionId }, newId());
  return { accessToken, expiresIn: TOKEN_LIFETIME, refreshToken, userId };
}

@CommandHandler(StartSession)
export class StartSessionHandler implements ICommandHandler<StartSession> {
  constructor(private readonly tools: UserTools) {}

  /** Known and unknown addresses cost the same work and get the same answer. */
  async execute({ email, password }: StartSession): Promise<SessionTokens | undefined> {
    const { log, states, credentials, passwords, sessions } = this.tools;
    const stream = await log.findClaim(EMAIL_SCOPE, emailValue(email));
    const { state } = await states.load(stream ?? streamOf.user(newId<UserId>()));
    const user = state.status === 'active' ? state : undefined;
    const stored = await credentials.find(user?.userId ?? newId<UserId>());
    const matches = await passwords.verify(user && stored, password);
    if (!user || !stored || !matches) return undefined;
    const session = { sessionId: newId(), userId: user.userId };
    const refreshToken = await sessions.start(session, await this.renewed(user.userId, stored, password));
    return refreshToken === undefined ? undefined : tokensOf(this.tools, user, session, refreshToken);
  }

  /** The hash, made anew where its parameters are of an earlier time; signing in goes on without that, there is always a next time. */
  private async renewed(userId: UserId, stored: string, password: string): Promise<string> {
    const { credentials, passwords } = this.tools;
    if (!passwords.isOutdated(stored)) return stored;
    try {
      const fresh = await passwords.hash(password);
      return (await credentials.replace(userId, stored, fresh)) ? fresh : stored;
    } catch {
      return stored;
    }
  }
}

@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(private readonly tools: UserTools) {}

  /** The role is the one of now, and a closed account gets nothing. */
  async execute({ refreshToken }: RefreshSession): Promise<SessionTokens | undefined> {
    const { sessions, states, onReuse } = this.tools;
    const rotation = await sessions.rotate(refreshToken);
    if (rotation.kind === 'reused') onReuse(rotation.session);
    if (rotation.kind !== 'refreshed') return undefined;
    const { session } = rotation;
    const { state } = await states.load(streamOf.user(session.userId));
    if (state.status === 'active') return tokensOf(this.tools, state, session, rotation.refreshToken);
    await sessions.endAllOf(session.userId, 'closed');
    return undefined;
  }
}

@CommandHandler(EndSession)
export class EndSessionHandler implements ICommandHandler<EndSession> {
  constructor(private readonly tools: UserTools) {}

  execute({ refreshToken }: EndSession): Promise<void> {
    return this.tools.sessions.signOut(refreshToken);
  }
}

@CommandHandler(EndAllSessions)
export class EndAllSessionsHandler implements ICommandHandler<EndAllSessions> {
  constructor(private readonly tools: UserTools) {}

  execute({ userId }: EndAllSessions): Promise<void> {
    return this.tools.sessions.endAllOf(userId, 'sign-out');
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(private readonly tools: UserTools) {}

  /** Throws `busy-try-again` where the password was changed by somebody else meanwhile. */
  async execute({ userId, current, next, sessionId }: ChangePassword): Promise<boolean> {
    const { credentials, passwords, sessions } = this.tools;
    const stored = await credentials.find(userId);
    if (!(await passwords.verify(stored, current)) || stored === undefined) return false;
    const changed = await sessions.changePassword(userId, stored, await passwords.hash(next), sessionId);
    if (!changed) throw retryLater('busy-try-again', 1);
    return true;
  }
}

export const sessionHandlers = [
  StartSessionHandler,
  RefreshSessionHandler,
  EndSessionHandler,
  EndAllSessionsHandler,
  ChangePasswordHandler,
];
