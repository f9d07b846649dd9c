/** The commands and queries that controllers send over the buses. */
import { Command, Query } from '@nestjs/cqrs';
import type { Role, UserId } from '@foldline/contracts';
import type { CommandAnswer, CommandRequest } from '@foldline/service-runtime';
import type { UserState } from './domain/user.state';

export class SignUpUser extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly fields: { readonly email: string; readonly password: string; readonly displayName: string },
  ) {
    super();
  }
}

export class ChangeUserProfile extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly userId: UserId,
    readonly displayName: string,
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

export class CloseUserAccount extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly userId: UserId,
  ) {
    super();
  }
}

export class ChangeUserRole extends Command<CommandAnswer> {
  constructor(
    readonly request: CommandRequest,
    readonly userId: UserId,
    readonly role: Role,
    readonly by: UserId,
  ) {
    super();
  }
}

export class ReadUser extends Query<{ readonly state: UserState; readonly version: number }> {
  constructor(readonly userId: UserId) {
    super();
  }
}
