/** Passwords that attackers try first; longer ones are kept out by the same words with digits added. */

const WORDS =
  'password passw0rd qwerty qwertyuiop asdfghjkl zxcvbnm letmein welcome iloveyou sunshine princess football baseball basketball superman batman dragon monkey shadow master michael jennifer jordan harley hunter ranger daniel andrew joshua charlie thomas george computer internet whatever trustno1 starwars pokemon cheese summer winter autumn spring monday friday january february october november december freedom secret access admin administrator login default changeme guest test testing hello flower lovely family liverpool chelsea arsenal barcelona london chocolate butterfly purple orange yellow diamond silver golden ginger pepper cookie banana samsung google facebook twitter linkedin microsoft apple mustang corvette ferrari porsche yamaha killer matrix phoenix thunder cowboys yankees eagles steelers maverick merlin midnight scooter bailey maggie buster soccer hockey tigger snoopy jessica ashley amanda nicole michelle melissa samantha victoria christian william richard robert anthony matthew patrick alexander benjamin nicholas jonathan elizabeth stephanie qazwsx qazwsxedc 1q2w3e4r 1qaz2wsx zaq12wsx q1w2e3r4 abc123 abcd1234 a1b2c3d4 aaaaaaaa abcdefgh asdf1234 asdfasdf qwer1234 qweasd qweasdzxc 1q2w3e4r5t 1q2w3e 123qwe qwe123 zxcvbn zxcvbnm123 football1 password1 iloveu blink182 naruto onepiece doraemon angels jesus christ church heaven blessed';
const DIGITS = [
  '12345678',
  '123456789',
  '1234567890',
  '0987654321',
  '87654321',
  '11111111',
  '00000000',
  '12341234',
  '11223344',
  '12121212',
  '123123123',
  '147258369',
  '789456123',
  '987654321',
  '66666666',
  '88888888',
  '55555555',
  '99999999',
  '31415926',
  '20002000',
  '01234567',
  '012345678',
  '0123456789',
  '1111111111',
  '123454321',
  '1122334455',
  '1029384756',
  '123321123',
  '111222333',
  '159753159',
];

const words = new Set([...WORDS.split(' '), ...DIGITS]);

/** Whether a password is a well-known one, in any case, with or without digits and punctuation after it, or a single repeated character. */
export function isCommonPassword(password: string): boolean {
  const plain = password.toLowerCase();
  return words.has(plain) || words.has(plain.replace(/[\d!@#$%^&*._-]+$/, '')) || /^(.)\1+$/u.test(plain);
}
