/** A cursor works only where it was given: any other is refused alike, and shows nothing. */
import { Cursors } from './cursors';
import { ProblemException } from './problems/problem';

const cursors = new Cursors('a-secret-of-this-service');
const SCOPE = 'users/1/products';
const cursor = cursors.encode(SCOPE, ['2026-01-01T00:00:00.000Z', 'id-1', 7]);

it('gives back the place it was made for', () =>
  expect(cursors.decode(SCOPE, cursor)).toEqual(['2026-01-01T00:00:00.000Z', 'id-1', 7]));

const changed = (i: number): string => {
  const bytes = Buffer.from(cursor, 'base64url');
  bytes[i]! ^= 1;
  return bytes.toString('base64url');
};
const older = ((): string => {
  const bytes = Buffer.from(cursor, 'base64url');
  const payload = Buffer.from(bytes.subarray(16).toString().replace('[1,', '[0,'));
  return Buffer.concat([bytes.subarray(0, 16), payload]).toString('base64url');
})();

it.each([
  ['nothing', SCOPE, ''],
  ['garbage', SCOPE, 'garbage'],
  ['blanks', SCOPE, ' '.repeat(40)],
  ['ten kilobytes', SCOPE, 'A'.repeat(10_000)],
  ['a shorter one', SCOPE, cursor.slice(0, -2)],
  ['a longer one', SCOPE, `${cursor}AA`],
  ['padding', SCOPE, `${cursor}==`],
  ['only a signature', SCOPE, cursor.slice(0, 24)],
  ['a changed signature', SCOPE, changed(0)],
  ['a changed place', SCOPE, changed(40)],
  ['one of an older build', SCOPE, older],
  ["another user's", 'users/2/products', cursor],
  ["another list's", 'users/1/orders', cursor],
  ["another service's", SCOPE, new Cursors('another-secret').encode(SCOPE, ['x'])],
])('%s is refused', (_, scope, given) => {
  const refusal = ((): unknown => {
    try {
      return cursors.decode(scope, given);
    } catch (error) {
      return error;
    }
  })();
  expect(refusal).toBeInstanceOf(ProblemException);
  expect((refusal as ProblemException).code).toBe('invalid-cursor');
});
