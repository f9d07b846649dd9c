import type { Usage } from './sampler';
import { slopeOf, slopesOf } from './slopes';

it('a slope is so many a minute', () => {
  expect(slopeOf([0, 30, 60, 90].map(at => ({ at, value: 1000 + at * 2 })))).toBe(120);
  expect(slopeOf([0, 30, 60].map(at => ({ at, value: 1000 })))).toBe(0);
});

it('only the second half counts, for each program and measure by itself', () => {
  const usage = Array.from({ length: 11 }, (_, i): Usage[] => [
    { at: i * 60, of: 'users', measure: 'memory kB', value: i < 5 ? i * 10_000 : 50_000 + i },
    { at: i * 60, of: 'users', measure: 'handles', value: 30 },
  ]).flat();
  expect(slopesOf(usage)).toEqual([
    { of: 'users', measure: 'memory kB', first: 0, last: 50_010, most: 50_010, perMinute: 1 },
    { of: 'users', measure: 'handles', first: 30, last: 30, most: 30, perMinute: 0 },
  ]);
});
