import type { UserEvent, UserId } from '@foldline/contracts';
import { specOf } from '@foldline/decider/testing';
import { userDecider } from './user.decider';

const userId = '0190a1b2-0000-7000-8000-000000000001' as UserId;
const signedUp: UserEvent = {
  type: 'UserSignedUp',
  data: { userId, role: 'customer', personal: { email: 'bo@example.com', displayName: 'Bo' } },
};
const renamed: UserEvent = { type: 'UserProfileChanged', data: { userId, personal: { displayName: 'Bob' } } };
const closed: UserEvent = { type: 'UserClosed', data: { userId } };
const { given } = specOf(userDecider);

describe('signing up', () => {
  const signUp = { type: 'SignUp', userId, role: 'customer', email: 'bo@example.com', displayName: 'Bo' } as const;
  it('makes a user', () => given().when(signUp).then(signedUp));
  it('happens once', () => given(signedUp).when(signUp).thenRejected({ code: 'already-signed-up' }));
});

describe('changing the profile', () => {
  const rename = { type: 'ChangeProfile', displayName: 'Bob' } as const;
  it('is told', () => given(signedUp).when(rename).then(renamed));
  it('to what it is changes nothing', () => given(signedUp, renamed).when(rename).then());
  it('needs a user', () => given().when(rename).thenRejected({ code: 'unknown-user' }));
  it('is over with the account', () => given(signedUp, closed).when(rename).thenRejected({ code: 'user-closed' }));
});

describe('changing the role', () => {
  const by = '0190a1b2-0000-7000-8000-00000000000a' as UserId;
  const promote = { type: 'ChangeRole', role: 'admin', by } as const;
  const promoted: UserEvent = { type: 'UserRoleChanged', data: { userId, role: 'admin' } };
  const demote = { type: 'ChangeRole', role: 'customer', by } as const;
  const demoted: UserEvent = { type: 'UserRoleChanged', data: { userId, role: 'customer' } };
  it('is told', () => given(signedUp).when(promote).then(promoted));
  it('back is told too', () => given(signedUp, promoted).when(demote).then(demoted));
  it('to what it is changes nothing', () => given(signedUp, promoted).when(promote).then());
  it('is not for oneself to do', () =>
    given(signedUp, promoted)
      .when({ ...demote, by: userId })
      .thenRejected({ code: 'own-role' }));
  it('needs a user', () => given().when(promote).thenRejected({ code: 'unknown-user' }));
  it('is over with the account', () => given(signedUp, closed).when(promote).thenRejected({ code: 'user-closed' }));
});

describe('closing the account', () => {
  const close = { type: 'CloseAccount' } as const;
  it('is told', () => given(signedUp).when(close).then(closed));
  it('twice is once', () => given(signedUp, closed).when(close).then());
  it('needs a user', () => given().when(close).thenRejected({ code: 'unknown-user' }));
});
