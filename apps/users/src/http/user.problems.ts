/** Rejections of users as clients see them. */
import { problemFrom, type ProblemException, type ProblemTable } from '@foldline/service-kit';
import type { UserRejection } from '../domain/user.rejections';

export const userProblems = {
  'unknown-user': { status: 404, title: 'There is no such user', cure: 'Check the id.' },
  'user-closed': {
    status: 409,
    title: 'The account is closed',
    cure: 'A closed account stays closed; sign up anew.',
  },
  'already-signed-up': { status: 409, title: 'The user exists already', cure: 'Sign in instead.' },
  'email-taken': {
    status: 409,
    title: 'There is an account for this e-mail address',
    cure: 'Sign in, or use another address.',
  },
  'wrong-credentials': {
    status: 401,
    title: 'E-mail address and password do not belong together',
    cure: 'Check both and try again.',
  },
  'own-role': {
    status: 409,
    title: 'Nobody changes the own role',
    cure: 'Ask another admin, so that the shop is never left without one.',
  },
  'session-over': {
    status: 401,
    title: 'The refresh token is not good, or no longer',
    cure: 'Sign in again by POST /sessions. A refresh token can be used once: keep the one that each answer brings.',
  },
  'wrong-password': {
    status: 403,
    title: 'The current password is another one',
    cure: 'Send the password that the account has now as currentPassword.',
  },
} satisfies ProblemTable<
  UserRejection['code'] | 'email-taken' | 'wrong-credentials' | 'session-over' | 'wrong-password'
>;

export const userProblem = ({ code }: UserRejection): ProblemException => problemFrom(userProblems, code);
