import { MemoryEventLog, appendTo } from '@foldline/event-log/testing';
import type { ProductEvent } from '@foldline/contracts';
import { makeKit, makeLogger, startTracing } from '@foldline/service-kit';
import { openStates } from './states';

const counting = {
  initial: { events: 0 },
  evolve: ({ events }: { events: number }, _: ProductEvent) => ({ events: events + 1 }),
};
const newKit = async () =>
  makeKit('products', makeLogger('products', 'silent'), await startTracing('products', undefined));

async function longStream(): Promise<MemoryEventLog> {
  const log = new MemoryEventLog('products');
  await log.append(appendTo('product-a', 0, { events: 120 }));
  return log;
}

describe('a service that stops', () => {
  it('writes the snapshots that are due, after its readers and before its stores', async () => {
    const [log, kit] = [await longStream(), await newKit()];
    const order: string[] = [];
    const save = log.saveSnapshots.bind(log);
    jest.spyOn(log, 'saveSnapshots').mockImplementation(async snapshots => {
      await save(snapshots);
      order.push('snapshots');
    });
    const states = openStates(log, counting, kit);
    kit.shutdown.on('runners', async () => void order.push('runners'));
    kit.shutdown.on('stores', async () => void order.push('stores'));
    await states.load('product-a');
    await kit.shutdown.run();
    expect(order).toEqual(['runners', 'snapshots', 'stores']);
    const next = openStates(log, counting, await newKit());
    const load = jest.spyOn(log, 'load');
    expect(await next.load('product-a')).toMatchObject({ version: 120, state: { events: 120 } });
    expect(await load.mock.results[0]!.value).toMatchObject({ snapshot: { version: 120 }, events: [] });
  });

  it('waits for snapshots that are being written', async () => {
    const [log, kit] = [await longStream(), await newKit()];
    let written: () => void = () => undefined;
    jest.spyOn(log, 'saveSnapshots').mockImplementation(() => new Promise<void>(done => (written = done)));
    const states = openStates(log, counting, kit);
    await states.load('product-a');
    void states.flush();
    let closed = false;
    kit.shutdown.on('stores', async () => void (closed = true));
    const stopped = kit.shutdown.run();
    await new Promise(done => setTimeout(done, 50));
    expect(closed).toBe(false);
    written();
    await stopped;
    expect(closed).toBe(true);
  });

  it('ends in time when they cannot be written, and a failure is told', async () => {
    const [log, kit] = [await longStream(), await newKit()];
    const save = jest.spyOn(log, 'saveSnapshots').mockRejectedValueOnce(new Error('down'));
    const warn = jest.spyOn(kit.log, 'warn');
    const states = openStates(log, counting, kit);
    await states.load('product-a');
    await states.flush();
    expect(warn).toHaveBeenCalledWith({ err: expect.any(Error) }, expect.stringContaining('snapshot'));
    save.mockReturnValue(new Promise(() => undefined));
    states.forget('product-a');
    await states.load('product-a');
    const started = performance.now();
    await kit.shutdown.run();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
