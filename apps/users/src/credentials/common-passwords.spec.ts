import { isCommonPassword } from './common-passwords';

it.each([
  'password',
  'PassWord',
  'password1!',
  '12345678',
  '987654321',
  'qwertyuiop',
  'iloveyou',
  'trustno1',
  'Dragon-2024',
  'sunshine99',
  'football',
  'jennifer',
  'aaaaaaaaaaaa',
  'letmein123',
  '1q2w3e4r',
])('%s is tried first', password => expect(isCommonPassword(password)).toBe(true));

it.each([
  'a-long-enough-passphrase',
  'correct horse battery staple',
  'passwordless sign-in',
  'Grüße aus Köln',
  '__proto__x',
])('%s is not', password => expect(isCommonPassword(password)).toBe(false));
