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
  it('is over with the account', () => given(signedUp, closed).when(rename).thenRejected({ code: 'account-closed' }));
});

describe('closing the account', () => {
  const close = { type: 'CloseAccount' } as const;
  it('is told', () => given(signedUp).when(close).then(closed));
  it('twice is once', () => given(signedUp, closed).when(close).then());
  it('needs a user', () => given().when(close).thenRejected({ code: 'unknown-user' }));
});
