/** The end of a process: unready at once, the stages in order, exit 0; a second signal, the deadline or a lost error is 1. */
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { Shutdown, stopOnSignals, STAGES } from './shutdown';

const silent = pino({ level: 'silent' });

/** A process that can be sent signals and tells its exit code. */
class FakeProcess extends EventEmitter {
  readonly exited: Promise<number>;
  exit!: (code?: number) => never;
  constructor() {
    super();
    this.exited = new Promise(done => (this.exit = ((code: number) => done(code)) as never));
  }
}

function listening(stop: () => Promise<void>, settings = { delayMs: 0, deadlineMs: 5000 }) {
  const host = new FakeProcess();
  const state = { drained: false };
  stopOnSignals(silent, settings, () => (state.drained = true), stop, host as never);
  return { host, state };
}

it('stages run in their order, each after everything of the one before, and once', async () => {
  const shutdown = new Shutdown(silent);
  const done: string[] = [];
  for (const stage of [...STAGES].reverse())
    for (const part of ['a', 'b'])
      shutdown.on(stage, async () => {
        await new Promise(next => setImmediate(next));
        done.push(`${stage} ${part}`);
      });
  await Promise.all([shutdown.run(), shutdown.run()]);
  expect(done).toEqual(STAGES.flatMap(stage => [`${stage} a`, `${stage} b`]));
});

it('a part that cannot be closed does not keep the others open', async () => {
  const shutdown = new Shutdown(silent);
  const closed: string[] = [];
  shutdown.on('runners', async () => {
    throw new Error('stuck');
  });
  shutdown.on('runners', async () => void closed.push('runner'));
  shutdown.on('stores', async () => void closed.push('pool'));
  await shutdown.run();
  expect(closed).toEqual(['runner', 'pool']);
});

it.each(['SIGTERM', 'SIGINT'])('%s makes unready at once, stops, and exits 0', async signal => {
  let stopped = false;
  const { host, state } = listening(async () => void (stopped = true));
  host.emit(signal, signal);
  expect(state.drained).toBe(true);
  expect(stopped).toBe(false);
  expect(await host.exited).toBe(0);
  expect(stopped).toBe(true);
});

it('a second signal exits 1 without waiting', async () => {
  const { host } = listening(() => new Promise(() => undefined), { delayMs: 0, deadlineMs: 3_600_000 });
  host.emit('SIGTERM', 'SIGTERM');
  host.emit('SIGINT', 'SIGINT');
  expect(await Promise.race([host.exited, pause(2000, 'still stopping', { ref: false })])).toBe(1);
});

it('the deadline exits 1', async () => {
  jest.useFakeTimers();
  const { host } = listening(() => new Promise(() => undefined), { delayMs: 100, deadlineMs: 1000 });
  host.emit('SIGTERM', 'SIGTERM');
  jest.advanceTimersByTime(1100);
  jest.useRealTimers();
  expect(await host.exited).toBe(1);
});

it('a stop that fails exits 1', async () => {
  const { host } = listening(async () => {
    throw new Error('cannot');
  });
  host.emit('SIGTERM', 'SIGTERM');
  expect(await host.exited).toBe(1);
});

it.each(['unhandledRejection', 'uncaughtException'])('%s exits 1', async event => {
  const { host } = listening(async () => undefined);
  host.emit(event, new Error('lost'));
  expect(await host.exited).toBe(1);
});
