import { EventEmitter } from 'node:events';
import { endWhenNobodyReads } from './exit-codes';

const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

describe('when nobody reads any more', () => {
  let stream: EventEmitter;
  let exit: jest.SpyInstance;
  beforeEach(() => {
    exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    endWhenNobodyReads([(stream = new EventEmitter())]);
  });
  afterEach(() => exit.mockRestore());

  it('work that listens for Ctrl-C is told once and ends in its own order', () => {
    const stop = jest.fn();
    process.on('SIGINT', stop);
    for (let i = 0; i < 3; i += 1) stream.emit('error', gone);
    process.off('SIGINT', stop);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit).not.toHaveBeenCalled();
  });

  it('where nobody listens it is over, and well', () => {
    const before = process.listeners('SIGINT');
    process.removeAllListeners('SIGINT');
    stream.emit('error', gone);
    for (const listener of before) process.on('SIGINT', listener);
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('another error of the output is one', () =>
    expect(() => stream.emit('error', new Error('ENOSPC'))).toThrow('ENOSPC'));
});
