/** What this service knows of a token's holder by now: it owns accounts and sessions, so here both end at once. */
import { streamOf, type UserEvent } from '@foldline/contracts';
import type { StateStore } from '@foldline/event-log';
import type { Recheck } from '@foldline/service-kit';
import type { Sessions } from './credentials/sessions';
import type { UserState } from './domain/user.state';

export const recheckOf =
  (states: StateStore<UserState, UserEvent>, sessions: Sessions): Recheck =>
  async principal => {
    const { state } = await states.cached(streamOf.user(principal.userId));
    if (state.status !== 'active') return undefined;
    if (principal.sessionId !== undefined && !(await sessions.isOpen(principal.sessionId))) return undefined;
    return { ...principal, role: state.role };
  };
