import { appendTo, MemoryEventLog } from '../testing';
import { stock, type Stock } from '../testing/stock';
import { StateStore, type StateStoreSettings } from './state-store';

const storeOn = (log: MemoryEventLog, revision = '1', settings: StateStoreSettings = {}) =>
  new StateStore<Stock, never>(log, stock, revision, settings);

describe('a state store', () => {
  const log = () => new MemoryEventLog('products');

  it('gives the initial state of a stream that does not exist', async () => {
    expect(await storeOn(log()).load('product-none')).toEqual({ state: stock.initial, version: 0 });
  });

  it('a load shows what others have appended meanwhile; what memory holds does not', async () => {
    const shared = log();
    const store = storeOn(shared);
    await shared.append(appendTo('product-a', 0));
    expect(await store.cached('product-a')).toMatchObject({ version: 1, fresh: true });
    await shared.append(appendTo('product-a', 1));
    expect(await store.cached('product-a')).toMatchObject({ version: 1, fresh: false });
    expect(await store.load('product-a')).toMatchObject({ version: 2, state: { available: 2 } });
    store.forget('product-a');
    expect(await store.cached('product-a')).toMatchObject({ version: 2, fresh: true });
  });

  it('many streams are loaded at once, each one once', async () => {
    const shared = log();
    for (const stream of ['product-a', 'product-b']) await shared.append(appendTo(stream, 0));
    const states = await storeOn(shared).loadMany(['product-a', 'product-b', 'product-a']);
    expect([...states].map(([stream, { version }]) => [stream, version])).toEqual([
      ['product-a', 1],
      ['product-b', 1],
    ]);
  });

  it('an older state never takes the place of a newer one', async () => {
    const store = storeOn(log());
    store.remember('product-a', 5, { available: 5, log: [] });
    store.remember('product-a', 4, { available: 4, log: [] });
    expect(await store.cached('product-a')).toMatchObject({ version: 5 });
  });

  it('a long stream is read from its snapshot on, by whoever has the same code', async () => {
    const shared = log();
    await shared.append(appendTo('product-a', 0, { events: 120 }));
    const first = storeOn(shared);
    const whole = await first.load('product-a');
    await first.flush();
    await shared.append(appendTo('product-a', 120, { events: 2 }));
    const load = jest.spyOn(shared, 'load');
    expect(await storeOn(shared).load('product-a')).toMatchObject({ version: 122 });
    expect((await load.mock.results[0]!.value) as unknown).toMatchObject({
      snapshot: { version: 120, state: whole.state },
      events: { length: 2 },
    });
    await storeOn(shared, '2').load('product-a');
    expect((await load.mock.results[1]!.value) as unknown).toMatchObject({ events: { length: 122 } });
  });

  it('a stream that grows by appends of its own is snapshotted again after every so many events', async () => {
    const shared = log();
    const save = jest.spyOn(shared, 'saveSnapshots');
    const store = storeOn(shared, '1', { snapshotEvery: 10 });
    for (let version = 1; version <= 25; version++) {
      await shared.append(appendTo('product-a', version - 1));
      store.remember('product-a', version, { available: version, log: [] });
      await store.flush();
    }
    expect(save.mock.calls.map(([[snapshot]]) => snapshot?.version)).toEqual([10, 20]);
  });

  it('a state that JSON would change is never snapshotted, and that is said', async () => {
    const shared = log();
    const errors: unknown[] = [];
    const domain = {
      initial: new Map<string, number>(),
      evolve: (state: Map<string, number>) => new Map(state).set('a', 1),
    };
    const store = new StateStore(shared, domain, '1', { snapshotEvery: 1, onSnapshotError: e => errors.push(e) });
    await shared.append(appendTo('product-a', 0));
    await store.load('product-a');
    await store.flush();
    expect(errors).toMatchObject([{ message: expect.stringContaining('does not survive JSON') as string }]);
    expect((await shared.load('product-a', 0)).snapshot).toBeUndefined();
  });
});
