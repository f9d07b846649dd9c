import { slopeOf, slopesOf } from './slopes';

it('a slope is kilobytes a minute', () => {
  expect(slopeOf([0, 30, 60, 90].map(at => ({ at, rssKb: 1000 + at * 2 })))).toBe(120);
  expect(slopeOf([0, 30, 60].map(at => ({ at, rssKb: 1000 })))).toBe(0);
});

it('only the second half counts, for each program by itself', () => {
  const usage = Array.from({ length: 11 }, (_, i) => ({
    at: i * 60,
    program: 'users',
    rssKb: i < 5 ? i * 10_000 : 50_000 + i,
  }));
  expect(slopesOf(usage)).toEqual([{ program: 'users', firstKb: 0, lastKb: 50_010, kbPerMinute: 1 }]);
});
