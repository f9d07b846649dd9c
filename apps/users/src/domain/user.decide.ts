/** What a command leads to. */
import type { UserEvent } from '@foldline/contracts';
import { accept, reject, type Decision } from '@foldline/decider';
import type { ChangeProfile, ChangeRole, SignUp, UserCommand } from './user.commands';
import type { UserRejection } from './user.rejections';
import type { UserState } from './user.state';

type UserDecision = Decision<UserEvent, UserRejection>;

export function decide(command: UserCommand, state: UserState): UserDecision {
  switch (command.type) {
    case 'SignUp':
      return signUp(command, state);
    case 'ChangeProfile':
      return changeProfile(command, state);
    case 'ChangeRole':
      return changeRole(command, state);
    case 'CloseAccount':
      return closeAccount(state);
  }
}

function signUp({ userId, role, email, displayName }: SignUp, state: UserState): UserDecision {
  if (state.status !== 'none') return reject({ code: 'already-signed-up' });
  return accept<UserEvent>({ type: 'UserSignedUp', data: { userId, role, personal: { email, displayName } } });
}

function changeProfile({ displayName }: ChangeProfile, state: UserState): UserDecision {
  switch (state.status) {
    case 'none':
      return reject({ code: 'unknown-user' });
    case 'closed':
      return reject({ code: 'user-closed' });
    case 'active':
      if (displayName === state.displayName) return accept();
      return accept<UserEvent>({
        type: 'UserProfileChanged',
        data: { userId: state.userId, personal: { displayName } },
      });
  }
}

/** Nobody changes the own role, so that the last admin cannot leave the shop without one. */
function changeRole({ role, by }: ChangeRole, state: UserState): UserDecision {
  switch (state.status) {
    case 'none':
      return reject({ code: 'unknown-user' });
    case 'closed':
      return reject({ code: 'user-closed' });
    case 'active':
      if (by === state.userId) return reject({ code: 'own-role' });
      if (role === state.role) return accept();
      return accept<UserEvent>({ type: 'UserRoleChanged', data: { userId: state.userId, role } });
  }
}

function closeAccount(state: UserState): UserDecision {
  switch (state.status) {
    case 'none':
      return reject({ code: 'unknown-user' });
    case 'closed':
      return accept();
    case 'active':
      return accept<UserEvent>({ type: 'UserClosed', data: { userId: state.userId } });
  }
}
