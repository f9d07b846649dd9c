/** Commands about sign-ins. They leave no events: what they change are secrets. */
import { Command } from '@nestjs/cqrs';
import type { UserId } from '@foldline/contracts';

/** What a client keeps of a sign-in; `expiresIn` in seconds. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly userId: UserId;
}

/** Undefined where address and password do not belong together. */
export class StartSession extends Command<SessionTokens | undefined> {
  constructor(
    readonly email: string,
    readonly password: string,
  ) {
    super();
  }
}

/** Undefined for a token that is unknown, used, or of a session that is over. */
export class RefreshSession extends Command<SessionTokens | undefined> {
  constructor(readonly refreshToken: string) {
    super();
  }
}

/** Does nothing for a token of nobody. */
export class EndSession extends Command<void> {
  constructor(readonly refreshToken: string) {
    super();
  }
}

export class EndAllSessions extends Command<void> {
  constructor(readonly userId: UserId) {
    super();
  }
}

/** Ends every session but `sessionId`. False when `current` is not the password. */
export class ChangePassword extends Command<boolean> {
  constructor(
    readonly userId: UserId,
    readonly current: string,
    readonly next: string,
    readonly sessionId?: string,
  ) {
    super();
  }
}
