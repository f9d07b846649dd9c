import { Replicas } from './replicas';

const take = (replicas: Replicas, times: number) => Array.from({ length: times }, () => replicas.next([]));

it('take turns', () => {
  expect(take(new Replicas(['a', 'b', 'c']), 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
});

it('one that could not be reached is left out for a second', () => {
  let now = 0;
  const replicas = new Replicas(['a', 'b'], () => now);
  replicas.leaveOut('a');
  expect(take(replicas, 3)).toEqual(['b', 'b', 'b']);
  now = 999;
  expect(take(replicas, 1)).toEqual(['b']);
  now = 1000;
  expect(take(replicas, 2)).toEqual(['a', 'b']);
});

it('where all are away, they are tried nevertheless', () => {
  const replicas = new Replicas(['a', 'b']);
  for (const url of ['a', 'b']) replicas.leaveOut(url);
  expect(replicas.next([])).toBe('a');
  expect(replicas.next(['a'])).toBe('b');
});

it.each([[['a']], [['a', 'b']]])('of %p nobody is left when all were tried', urls => {
  expect(new Replicas(urls).next(urls)).toBeUndefined();
});

it('the only one is asked each time, whatever became of the last request', () => {
  const replicas = new Replicas(['a']);
  replicas.leaveOut('a');
  expect(take(replicas, 2)).toEqual(['a', 'a']);
});
