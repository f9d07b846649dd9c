import { StoreDoubt } from './store-doubt';

const place = (last: number, made = 'monday') => ({ made, last });
const doubtOf = (failures: number): StoreDoubt => {
  const doubt = new StoreDoubt();
  doubt.cannotStore(place(7));
  for (let i = 0; i < failures; i += 1) doubt.failed();
  return doubt;
};

it('a stream in which nothing was stored for three failures cannot store', () =>
  expect([2, 3].map(failures => doubtOf(failures).cannotStore(place(7)))).toEqual([false, true]));

it('a stream that moved on can store, however late the answers', () =>
  expect(doubtOf(9).cannotStore(place(8))).toBe(false));

it('another stream starts without a doubt', () => expect(doubtOf(9).cannotStore(place(7, 'friday'))).toBe(false));

it('one acknowledged event ends the doubt', () => {
  const doubt = doubtOf(2);
  doubt.stored();
  doubt.failed();
  expect(doubt.cannotStore(place(7))).toBe(false);
});
