import { Gathered } from './gathered';

const tick = () => new Promise(resolve => setImmediate(resolve));

it('asks of one tick share one call, and each gets its own answer', async () => {
  const calls: number[][] = [];
  const doubled = new Gathered<number, number>(async asks => {
    calls.push([...asks]);
    return asks.map(n => n * 2);
  });
  expect(await Promise.all([1, 2, 3].map(n => doubled.ask(n)))).toEqual([2, 4, 6]);
  expect(calls).toEqual([[1, 2, 3]]);
});

it('asks wait and gather while all calls are under way', async () => {
  const open: { asks: readonly number[]; end: () => void }[] = [];
  const slow = new Gathered<number, number>(
    asks => new Promise(resolve => open.push({ asks, end: () => resolve(asks) })),
    { calls: 1, asks: 2 },
  );
  const answers = Promise.all([1, 2, 3].map(n => slow.ask(n)));
  await tick();
  await tick();
  expect(open.map(({ asks }) => asks)).toEqual([[1, 2]]);
  open[0]!.end();
  await tick();
  await tick();
  expect(open.map(({ asks }) => asks)).toEqual([[1, 2], [3]]);
  open[1]!.end();
  expect(await answers).toEqual([1, 2, 3]);
});

it('a failed call fails those who asked in it, and nobody after', async () => {
  let fail = true;
  const once = new Gathered<number, number>(async asks => {
    if (fail) throw new Error('gone');
    return asks;
  });
  await expect(once.ask(1)).rejects.toThrow('gone');
  fail = false;
  expect(await once.ask(2)).toBe(2);
});
