/** What can be asked of a user. Ids and checked values are in the command. */
import type { Role, UserId } from '@foldline/contracts';

export interface SignUp {
  readonly type: 'SignUp';
  readonly userId: UserId;
  readonly role: Role;
  readonly email: string;
  readonly displayName: string;
}

export interface ChangeProfile {
  readonly type: 'ChangeProfile';
  readonly displayName: string;
}

export interface ChangeRole {
  readonly type: 'ChangeRole';
  readonly role: Role;
  /** Who asks for it. */
  readonly by: UserId;
}

export interface CloseAccount {
  readonly type: 'CloseAccount';
}

export type UserCommand = SignUp | ChangeProfile | ChangeRole | CloseAccount;
