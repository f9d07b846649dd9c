/** Readiness says what is wrong, by name, soon, and whether it stops the service from serving. */
import { Readiness } from './readiness';

it('without anything wrong it is ready', async () => {
  const readiness = new Readiness();
  readiness.needs('database', () => undefined);
  expect(await readiness.report()).toEqual({ ready: true, checks: [{ name: 'database', ok: true, serving: true }] });
});

it('what is needed makes unready, what is watched is only told, and what throws is wrong', async () => {
  const readiness = new Readiness();
  readiness.watches('broker', () => 'not connected');
  expect((await readiness.report()).ready).toBe(true);
  readiness.needs('database', () => {
    throw new Error('connection refused');
  });
  expect(await readiness.report()).toEqual({
    ready: false,
    checks: [
      { name: 'broker', ok: false, serving: false, reason: 'not connected' },
      { name: 'database', ok: false, serving: true, reason: 'connection refused' },
    ],
  });
});

it('while draining it is unready, whatever the checks say', async () => {
  const readiness = new Readiness();
  readiness.draining = true;
  expect((await readiness.report()).ready).toBe(false);
});

it('a check that never answers is wrong after two seconds', async () => {
  jest.useFakeTimers();
  const readiness = new Readiness();
  readiness.needs('database', () => new Promise(() => undefined));
  const report = readiness.report();
  await jest.advanceTimersByTimeAsync(2000);
  expect((await report).checks[0]).toMatchObject({ ok: false, reason: 'no answer within 2000 ms' });
  jest.useRealTimers();
});
