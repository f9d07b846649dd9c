/** One account per e-mail address: the claim's value is a hash, since claims are keys and keys hold no personal data. */
import { createHash } from 'node:crypto';
import type { Claim } from '@foldline/event-log';

export const EMAIL_SCOPE = 'email';

/** Addresses that most servers take as the same: compatibility forms, case and blanks do not count. */
export const normalEmail = (email: string): string => email.normalize('NFKC').trim().toLowerCase();

export const emailValue = (email: string): string => createHash('sha256').update(normalEmail(email)).digest('hex');

export const emailClaim = (email: string, stream: string): Claim => ({
  scope: EMAIL_SCOPE,
  value: emailValue(email),
  stream,
});
