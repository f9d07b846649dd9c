import { sampleProjection } from '../testing';
import { statementOf, type Part } from './statement';

const part = (shape: string, ...values: unknown[]): Part => ({
  shape,
  values,
  text: marks => `${shape}(${marks.join(' ')})`,
});
const made = (verb: string, ...parts: readonly Part[]) =>
  statementOf(verb, sampleProjection, 1, parts, texts => texts.join(', '));

it('marks and values count through all parts', () => {
  const { text, values } = made('write', part('a', 1, 2), part('b'), part('c', 3));
  expect(text).toBe('a($1 $2), b(), c($3)');
  expect(values).toEqual([1, 2, 3]);
});

it('parts of the same shapes are one text under one name, whatever their values; others are not', () => {
  const one = made('write', part('a', 1), part('b', 2));
  expect(made('write', part('a', 3), part('b', 4))).toEqual({ ...one, values: [3, 4] });
  const names = [
    one,
    made('write', part('b', 1), part('a', 2)),
    made('write', part('a', 1)),
    made('load', part('a', 1)),
  ];
  expect(new Set(names.map(({ name }) => name)).size).toBe(4);
  expect(one.name).toMatch(/^write_[0-9a-f]{24}$/);
});

it('a text is made once', () => {
  let times = 0;
  const counted: Part = { ...part('counted'), text: () => `${(times += 1)}` };
  made('write', counted);
  made('write', counted);
  expect(times).toBe(1);
});
