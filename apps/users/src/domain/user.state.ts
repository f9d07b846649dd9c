/** What a user is, as far as decisions and the user's own page need it. */
import type { Role, UserId } from '@foldline/contracts';

export type UserState =
  | { readonly status: 'none' }
  | {
      readonly status: 'active';
      readonly userId: UserId;
      readonly role: Role;
      readonly email: string;
      readonly displayName: string;
    }
  | { readonly status: 'closed'; readonly userId: UserId };

export const initial: UserState = { status: 'none' };
