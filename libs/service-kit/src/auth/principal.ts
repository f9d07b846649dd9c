/** Who asks, as a checked access token says. */
import type { Role, UserId } from '@foldline/contracts';

export interface Principal {
  readonly userId: UserId;
  readonly role: Role;
  /** The sign-in that the token comes from; none in tokens that belong to no session. */
  readonly sessionId?: string;
}
