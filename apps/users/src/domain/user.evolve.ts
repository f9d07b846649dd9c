/** What an event makes of a user. */
import type { UserEvent } from '@foldline/contracts';
import type { UserState } from './user.state';

export function evolve(state: UserState, event: UserEvent): UserState {
  switch (event.type) {
    case 'UserSignedUp': {
      const { userId, role, personal } = event.data;
      return { status: 'active', userId, role, email: personal.email, displayName: personal.displayName };
    }
    case 'UserProfileChanged':
      return state.status === 'active' ? { ...state, displayName: event.data.personal.displayName } : state;
    case 'UserRoleChanged':
      return state.status === 'active' ? { ...state, role: event.data.role } : state;
    case 'UserClosed':
      return { status: 'closed', userId: event.data.userId };
  }
}
