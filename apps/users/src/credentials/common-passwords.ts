/**
 * Passwords that attackers try first (OWASP ASVS 5.0, 6.2.4): those of eight and more characters among the 10,000 most used
 * ones as zxcvbn 4.4.2 ranks them (MIT, see common-passwords.license.txt), without those that the rules below cover.
 */
import mostUsed from './common-passwords.json';

const known = new Set(mostUsed);
const DECORATION = /[\d!@#$%^&*._-]+$/;

/** Whether a password is a well-known one, in any case, with or without digits and punctuation after it, or a single repeated character. */
export function isCommonPassword(password: string): boolean {
  const plain = password.toLowerCase();
  return known.has(plain) || known.has(plain.replace(DECORATION, '')) || /^(.)\1+$/u.test(plain);
}
