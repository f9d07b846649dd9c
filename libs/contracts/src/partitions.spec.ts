import { v7 } from 'uuid';
import { PARTITION_COUNTS, parsePartition, partitionOf, partitionText } from './partitions';

const ids = Array.from({ length: 4_000 }, () => v7());

it.each(PARTITION_COUNTS.map(of => [of]))('users fall evenly to %i partitions', of => {
  const fallen = new Array<number>(of).fill(0);
  for (const id of ids) fallen[partitionOf(id, of) - 1]!++;
  for (const count of fallen) expect(Math.abs(count / (ids.length / of) - 1)).toBeLessThan(0.25);
});

it('with twice as many, each becomes two', () => {
  for (const id of ids) expect([0, 4]).toContain(partitionOf(id, 8) - partitionOf(id, 4));
});

it.each([
  ['', 1],
  ['me', 1],
  ['%', 1],
  ['zzzzzzzz', 1],
])('what is no id, such as %p, falls somewhere', (text, to) => {
  expect(partitionOf(text, 4)).toBe(to);
});

it('a setting names one, and is written as it is read', () => {
  for (const text of ['1/2', '2/2', '4/4', '8/8']) expect(partitionText(parsePartition(text)!)).toBe(text);
});

it.each(['', '1', '0/2', '3/2', '1/1', '1/3', '1/16', ' 1/2', '1/2 ', '+1/2', '1 of 2'])('%p is none', text => {
  expect(parsePartition(text)).toBeUndefined();
});
