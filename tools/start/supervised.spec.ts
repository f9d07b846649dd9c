import { EventEmitter } from 'node:events';

const { Supervised } = require('./supervised.cjs');

class FakeChild extends EventEmitter {
  exitCode: number | null = null;
  signalCode: string | null = null;
  end(code: number | null, signal: string | null = null): void {
    Object.assign(this, { exitCode: code, signalCode: signal });
    this.emit('exit', code, signal);
  }
}

interface Running {
  readonly child: FakeChild;
  readonly pid: number;
}

function supervise(launched: (child: FakeChild, n: number) => Promise<void> | void) {
  const said: string[] = [];
  const children: Running[] = [];
  let changes = 0;
  const supervised = new Supervised({
    name: 'orders',
    launch: async () => {
      const child = new FakeChild();
      const n = children.push({ child, pid: children.length + 1 });
      return { child, pid: n, ready: Promise.resolve(launched(child, n)), stop: async () => child.end(0) };
    },
    say: (line: string) => said.push(line),
    changed: () => (changes += 1),
    logged: () => 'the last line',
    logFile: '/logs/orders.log',
    wait: (ms: number) => new Promise(done => setTimeout(done, ms)),
  });
  return { supervised, said, children, changes: () => changes };
}

/** Lets everything that is ready happen, up to the next timer. */
const settle = () => jest.advanceTimersByTimeAsync(0);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('a killed process is started again within a second, and its successor is told', async () => {
  const { supervised, said, children, changes } = supervise(() => undefined);
  await supervised.start();
  await jest.advanceTimersByTimeAsync(60_000);
  children[0]!.child.end(null, 'SIGKILL');
  await jest.advanceTimersByTimeAsync(1000);
  expect(supervised.pid).toBe(2);
  expect(said).toEqual(['orders stopped (killed by SIGKILL); starting it again', 'orders is back (pid 2)']);
  expect(changes()).toBe(2);
});

it('one that is asked to stop while it is being started again has ended when that is done', async () => {
  const child = new FakeChild();
  const launches = [
    { child: new FakeChild(), pid: 1, ready: Promise.resolve(), stop: async () => undefined },
    { child, pid: 2, ready: Promise.resolve(), stop: async () => child.end(0) },
  ];
  const first = launches[0]!;
  const supervised = new Supervised({
    name: 'PostgreSQL',
    launch: async () => {
      const next = launches.shift();
      if (next !== first) await new Promise(done => setTimeout(done, 3000));
      return next;
    },
    say: () => undefined,
    changed: () => undefined,
    logged: () => '',
    logFile: '/logs/postgres.log',
    wait: (ms: number) => new Promise(done => setTimeout(done, ms)),
  });
  await supervised.start();
  first.child.end(null, 'SIGKILL');
  await jest.advanceTimersByTimeAsync(1000);
  const codeWhenDone = supervised.stop().then(() => child.exitCode);
  await jest.advanceTimersByTimeAsync(5000);
  expect(await codeWhenDone).toBe(0);
});

it('one that keeps ending is tried more and more slowly, with its last words', async () => {
  const { supervised, said, children } = supervise((child, n) => void (n > 1 && setTimeout(() => child.end(1), 50)));
  await supervised.start();
  await jest.advanceTimersByTimeAsync(60_000);
  children[0]!.child.end(1);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(children.length).toBeLessThan(15);
  expect(said.at(-1)).toMatch(/has stopped \d+ times in a row .* next try in 15 s/);
  expect(said.at(-1)).toContain('the last line');
  expect(said.at(-1)).toContain('/logs/orders.log');
});

it('one with wrong settings is not tried again: the start fails with 78', async () => {
  const never = new Promise<void>(() => undefined);
  const { supervised, children } = supervise(child => {
    setTimeout(() => child.end(78), 10);
    return never;
  });
  const failure = supervised.start().catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(await failure).toMatchObject({ exitCode: 78 });
  expect(children).toHaveLength(1);
});

it('one that never becomes ready and keeps ending fails the start', async () => {
  const never = new Promise<void>(() => undefined);
  const { supervised, children } = supervise(child => {
    setTimeout(() => child.end(1), 10);
    return never;
  });
  const failure = supervised.start().catch((error: Error) => error);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(((await failure) as Error).message).toContain('orders does not start (exit code 1)');
  expect(children.length).toBeLessThan(6);
});

it('one that takes long to fail fails the start as well, with its last words', async () => {
  const never = new Promise<void>(() => undefined);
  const { supervised, children } = supervise(child => {
    setTimeout(() => child.end(1), 12_000);
    return never;
  });
  const failure = supervised.start().catch((error: Error) => error);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(((await Promise.race([failure, settle()])) as Error).message).toContain('the last line');
  expect(children).toHaveLength(3);
});

it('one that was ready once and now takes long to fail is told of with its last words', async () => {
  const never = new Promise<void>(() => undefined);
  const { supervised, said, children } = supervise((child, n) => {
    if (n === 1) return undefined;
    setTimeout(() => child.end(1), 12_000);
    return never;
  });
  await supervised.start();
  await jest.advanceTimersByTimeAsync(60_000);
  children[0]!.child.end(1);
  await jest.advanceTimersByTimeAsync(120_000);
  expect(said.at(-1)).toMatch(/has stopped \d+ times in a row[^]*the last line/);
});

it('what is stopped stays stopped', async () => {
  const { supervised, children, said } = supervise(() => undefined);
  await supervised.start();
  await supervised.stop();
  await settle();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(children).toHaveLength(1);
  expect(said).toEqual([]);
});

it('one that ended and waits for its next try is tried at once when its code is another one', async () => {
  const { supervised, children } = supervise((child, n) => void (n > 1 && n < 7 && setTimeout(() => child.end(1), 10)));
  await supervised.start();
  children[0]!.child.end(1);
  await jest.advanceTimersByTimeAsync(2000);
  while (children.length < 6) await jest.advanceTimersByTimeAsync(1000);
  await jest.advanceTimersByTimeAsync(20);
  const back = supervised.restart();
  await settle();
  await back;
  expect(children).toHaveLength(7);
});

it('one that does not start with its new code says why at once', async () => {
  const never = new Promise<void>(() => undefined);
  const { supervised, said, children } = supervise((child, n) => {
    if (n === 1) return undefined;
    setTimeout(() => child.end(1), 10);
    return never;
  });
  await supervised.start();
  children[0]!.child.end(1);
  await jest.advanceTimersByTimeAsync(15);
  void supervised.restart();
  await jest.advanceTimersByTimeAsync(500);
  expect(said.some(line => /does not start \(exit code 1\); its last words:\n +the last line/.test(line))).toBe(true);
});
