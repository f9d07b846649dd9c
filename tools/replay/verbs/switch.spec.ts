import { fenceMs } from './switch';

it('a generation that follows slowly is given more time with each try, and never so much that writers give up', () => {
  const tries = [1, 2, 3, 4, 20].map(fenceMs);
  expect(tries).toEqual([1000, 2000, 3000, 4000, 4000]);
  // Sessions of a service wait ten seconds for a statement, and holders of a document keep it for five.
  expect(Math.max(...tries)).toBeLessThan(5000);
});
