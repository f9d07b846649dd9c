import { CommandExecutor, type Execute } from './command-executor';
import { StateStore } from './state-store';
import type { NewEvent } from '../event-log.port';
import { appendTo, expectDense, everything, MemoryEventLog, newId } from '../testing';
import { receive, reserve, stock, type Stock } from '../testing/stock';

type Request = Execute<Stock, NewEvent, 'out-of-stock'>;
const executorOn = (log: MemoryEventLog) => new CommandExecutor(log, new StateStore<Stock, NewEvent>(log, stock));
const request = (decide: Request['decide'], more: Partial<Request> = {}): Request => ({
  stream: 'product-a',
  decide,
  command: { id: newId(), requestHash: 'h' },
  metadata: { correlationId: newId(), causationId: newId() },
  result: ({ version }) => ({ version }),
  rejected: rejection => ({ rejection }),
  ...more,
});

describe('a command', () => {
  let log: MemoryEventLog;
  let executor: ReturnType<typeof executorOn>;
  beforeEach(() => {
    log = new MemoryEventLog('products');
    executor = executorOn(log);
  });

  it('is decided, appended, and answered with state, version and position', async () => {
    expect(await executor.execute(request(receive(5)))).toMatchObject({
      kind: 'done',
      state: { available: 5 },
      version: 1,
      events: [{ type: 'StockReceived' }],
      position: 1,
      result: { version: 1 },
    });
  });

  it('repeated with its key gives the first answer, whatever has happened since', async () => {
    const once = request(reserve(3));
    await executor.execute(request(receive(3)));
    await executor.execute(once);
    const again = { kind: 'repeated', result: { version: 2 }, position: 2 };
    expect(await executor.execute(once)).toMatchObject(again);
    expect(await executorOn(log).execute(once)).toMatchObject(again);
    const { rejected: _, ...unstored } = once;
    expect(await executor.execute(unstored)).toMatchObject(again);
    expect(await executor.execute({ ...once, expectedVersion: 1 })).toMatchObject(again);
    expect(await executor.execute({ ...once, command: { ...once.command, requestHash: 'x' } })).toEqual({
      kind: 'key-reused',
    });
    expect(await log.head()).toMatchObject({ position: 2 });
  });

  it('rejected once with a key stays rejected under it', async () => {
    const once = request(reserve(3));
    expect(await executor.execute(once)).toEqual({ kind: 'rejected', rejection: 'out-of-stock' });
    await executor.execute(request(receive(3)));
    expect(await executor.execute(once)).toMatchObject({ kind: 'repeated', result: { rejection: 'out-of-stock' } });
    expect(await executor.execute(request(reserve(3)))).toMatchObject({ kind: 'done' });
  });

  it('that changes nothing is done, and its answer kept', async () => {
    const nothing = request(receive(0));
    expect(await executor.execute(nothing)).toMatchObject({ kind: 'done', events: [], version: 0, position: 0 });
    expect(await executor.execute(nothing)).toMatchObject({ kind: 'repeated' });
  });

  it('is never refused because of an outdated state in memory', async () => {
    await executor.execute(request(receive(1)));
    await executorOn(log).execute(request(receive(9)));
    expect(await executor.execute(request(reserve(10)))).toMatchObject({ kind: 'done', version: 3 });
    await executorOn(log).execute(request(receive(5)));
    expect(await executor.execute(request(receive(1), { expectedVersion: 4 }))).toMatchObject({
      kind: 'done',
      version: 5,
    });
  });

  it('meant for another version is stale', async () => {
    await executor.execute(request(receive(1)));
    expect(await executor.execute(request(receive(1), { expectedVersion: 0 }))).toEqual({ kind: 'stale', actual: 1 });
  });

  it('for a claimed value is told so', async () => {
    const claims = (stream: string) => [{ scope: 'email', value: 'x', stream }];
    await executor.execute(request(receive(1), { claims: claims('product-a') }));
    const other = request(receive(1), { stream: 'product-b', claims: claims('product-b') });
    expect(await executor.execute(other)).toEqual({ kind: 'claim-taken', scope: 'email' });
  });

  it('is decided anew when others are faster, and gives up in the end', async () => {
    const overtake = async (version: number) => void (await log.append(appendTo('product-a', version)));
    const append = log.append.bind(log);
    let overtaken = 0;
    jest.spyOn(log, 'append').mockImplementation(async wanted => {
      const { position } = await log.head();
      if (overtaken-- > 0 && wanted.command.requestHash) await append(appendTo('product-a', position));
      return append(wanted);
    });
    await overtake(0);
    overtaken = 3;
    expect(await executor.execute(request(receive(1)))).toMatchObject({ kind: 'done', version: 5 });
    overtaken = 100;
    expect(await executor.execute(request(receive(1)))).toEqual({ kind: 'busy' });
  });

  it('of 200 buyers at two replicas exactly as many get something as there is', async () => {
    await executor.execute(request(receive(20)));
    const replicas = [executor, executorOn(log)];
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) => replicas[i % 2]!.execute(request(reserve(1)))),
    );
    const kinds = results.map(result => result.kind);
    expect(kinds.filter(kind => kind === 'done')).toHaveLength(20);
    expect(kinds.every(kind => kind === 'done' || kind === 'rejected')).toBe(true);
    const events = await everything(log);
    expectDense(events);
    expect(events).toHaveLength(21);
  });
});
