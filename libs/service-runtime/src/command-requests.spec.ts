import { InvalidEventError, type ProductEvent, type ProductId } from '@foldline/contracts';
import { accept, reject, type Decision } from '@foldline/decider';
import {
  CommandExecutor,
  EventTooLargeError,
  LogUnavailableError,
  StateStore,
  UnreadableEventError,
  type Append,
} from '@foldline/event-log';
import { MemoryEventLog, newId } from '@foldline/event-log/testing';
import { ConnectionLostError } from '@foldline/postgres';
import { commonProblems, contextOf, ProblemException, type CommandKey } from '@foldline/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { commandRequest, Commands, problemOfLog, sendCommandAnswer, type CommandRun } from './command-requests';

const productId = '0190a1b2-0000-7000-8000-000000000001' as ProductId;
const stream = `product-${productId}`;
type Rejection = 'short' | 'undecided';
type Run = CommandRun<number, ProductEvent, Rejection>;

const counting = {
  initial: 0,
  evolve: (sum: number, event: ProductEvent) => sum + ('quantity' in event.data ? event.data.quantity : 0),
};
const receive = (quantity: number) => (): Decision<ProductEvent, Rejection> =>
  accept<ProductEvent>({ type: 'StockReceived', data: { productId, quantity } });

const setUp = () => {
  const log = new MemoryEventLog('products');
  const states = new StateStore<number, ProductEvent>(log, counting);
  return { log, commands: new Commands('products', new CommandExecutor(log, states), 'http://shop.example') };
};

const keyed = (requestHash = 'h'): CommandKey => ({ id: newId(), requestHash, keyed: true });
const run = (decide: Run['decide'], key: CommandKey, more: Partial<Run> = {}): Run => ({
  stream,
  decide,
  request: {
    key,
    instance: '/products/1/stock',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    traceId: 'a'.repeat(32),
  },
  answer: ({ state, version }) => ({ status: 200, body: { state }, headers: { etag: `"${version}"` } }),
  rejected: rejection =>
    new ProblemException(
      rejection,
      rejection === 'short' ? commonProblems['not-found'] : commonProblems['busy-try-again'],
      { headers: { 'retry-after': '1' } },
    ),
  ...more,
});

/** What it is refused with. */
async function refusal(attempt: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await attempt.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemException)) throw error;
  return [error.kind.status, error.code];
}

describe('a command', () => {
  it('that is done is answered with what it made, and with where that stands', async () => {
    const { commands, log } = setUp();
    const { incarnation } = await log.head();
    expect(await commands.run(run(receive(3), keyed()))).toEqual({
      answer: { status: 200, body: { state: 3 }, headers: { etag: '"1"' } },
      positions: { products: { incarnation, position: 1 } },
      replayed: false,
    });
    const [event] = await log.read(0, 10);
    expect(event!.metadata).toMatchObject({ traceparent: expect.stringContaining('a'.repeat(32)) });
  });

  it('says in its events who asked, and that the command caused them', async () => {
    const { commands, log } = setUp();
    const key = keyed();
    const { request } = run(receive(1), key);
    await commands.run(run(receive(1), key, { request: { ...request, actor: 'someone' } }));
    const [event] = await log.read(0, 10);
    expect(event!.metadata).toMatchObject({
      commandId: key.id,
      correlationId: key.id,
      causationId: key.id,
      actor: 'someone',
    });
  });

  it('repeated gives the first answer word for word, marked as repeated', async () => {
    const { commands } = setUp();
    const once = run(receive(3), keyed());
    const first = await commands.run(once);
    await commands.run(run(receive(4), keyed()));
    expect(await commands.run(once)).toEqual({ ...first, replayed: true });
  });

  it('without a key of the client keeps no answer', async () => {
    const { commands, log } = setUp();
    const key = { id: newId(), keyed: false };
    await commands.run(run(receive(3), key));
    expect((await log.findCommand([key.id]))?.result ?? null).toBeNull();
    expect((await commands.run(run(receive(3), key))).answer).toEqual({ status: 200 });
  });

  it('under a key of another request is refused', async () => {
    const { commands } = setUp();
    const key = keyed();
    await commands.run(run(receive(3), key));
    expect(await refusal(commands.run(run(receive(4), { ...key, requestHash: 'x' })))).toEqual([422, 'key-reused']);
  });

  it('that is rejected stays rejected under its key, with the same document', async () => {
    const { commands } = setUp();
    const once = run(state => (state < 5 ? reject('short') : accept()), keyed());
    expect(await refusal(commands.run(once))).toEqual([404, 'short']);
    await commands.run(run(receive(9), keyed()));
    expect(await commands.run(once)).toMatchObject({
      replayed: true,
      answer: {
        status: 404,
        body: {
          type: 'http://shop.example/problems/short',
          code: 'short',
          instance: '/products/1/stock',
          traceId: 'a'.repeat(32),
        },
        headers: { 'retry-after': '1' },
      },
    });
  });

  it('that is to be tried again is decided anew under its key', async () => {
    const { commands } = setUp();
    const once = run(state => (state < 5 ? reject('undecided') : receive(1)()), keyed());
    expect(await refusal(commands.run(once))).toEqual([409, 'undecided']);
    await commands.run(run(receive(9), keyed()));
    expect(await commands.run(once)).toMatchObject({ replayed: false, answer: { body: { state: 10 } } });
  });

  it('for another version is stale', async () => {
    const { commands } = setUp();
    await commands.run(run(receive(1), keyed()));
    const stale = commands.run(run(receive(1), keyed(), { expectedVersion: 7 }));
    expect(await refusal(stale)).toEqual([412, 'stale-version']);
  });

  it('whose claim is taken says so in the way of its service', async () => {
    const { commands } = setUp();
    const claimOf = (stream: string) => ({ claims: [{ scope: 'title', value: 'lamp', stream }] });
    await commands.run(run(receive(1), keyed(), claimOf(stream)));
    const taken = (more: Partial<Run>) =>
      refusal(commands.run(run(receive(1), keyed(), { stream: 'product-b', ...claimOf('product-b'), ...more })));
    const claimTaken = (scope: string) => new ProblemException(`${scope}-taken`, commonProblems['key-reused']);
    expect(await taken({ claimTaken })).toEqual([422, 'title-taken']);
    expect(await taken({})).toEqual([500, 'internal-error']);
  });

  it('that others outrun every time is to be tried again', async () => {
    const { commands, log } = setUp();
    const append = log.append.bind(log);
    jest.spyOn(log, 'append').mockImplementation(async (asked: Append) => {
      const { events } = await log.load(stream, 0);
      const id = newId();
      await append({
        writes: [
          {
            stream,
            expectedVersion: events.length,
            events: [{ type: 'StockReceived', data: { productId, quantity: 1 } }],
          },
        ],
        command: { id },
        metadata: { correlationId: id, causationId: id },
      });
      return append(asked);
    });
    expect(await refusal(commands.run(run(receive(1), keyed())))).toEqual([409, 'busy-try-again']);
  });

  it('that the log cannot take is told as what the client can do', async () => {
    const { commands, log } = setUp();
    jest.spyOn(log, 'append').mockRejectedValue(new LogUnavailableError('down'));
    expect(await refusal(commands.run(run(receive(1), keyed())))).toEqual([503, 'service-unavailable']);
  });
});

it.each<[string, Error, number | undefined]>([
  ['an event that is too large', new EventTooLargeError(2, 1), 413],
  ['text that cannot be stored', new InvalidEventError('no'), 400],
  ['a log that does not answer', new LogUnavailableError('no'), 503],
  ['a lost connection', new ConnectionLostError('no'), 503],
  ['a refused connection', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 503],
  ['a mistake of ours', new TypeError('no'), undefined],
])('of what a log throws, %s is answered as it should be', (_, error, status) => {
  const understood = problemOfLog(error);
  if (status === undefined) expect(understood).toBe(error);
  else expect((understood as ProblemException).kind.status).toBe(status);
  if (status === 503) expect((understood as ProblemException).details.headers).toMatchObject({ 'retry-after': '1' });
});

describe('over HTTP', () => {
  const headersOf = () => {
    const sent: Record<string, unknown> = {};
    const reply = {
      code: (status: number) => ((sent['status'] = status), reply),
      header: (name: string, value: unknown) => ((sent[name] = value), reply),
      headers: (all: object) => (Object.assign(sent, all), reply),
      serializer: () => reply,
      send: (body?: unknown) => ((sent['body'] = body), reply),
    };
    return { sent, reply: reply as unknown as FastifyReply };
  };
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const request = (headers: Record<string, string> = {}): FastifyRequest =>
    ({
      headers,
      method: 'POST',
      url: '/products?x=1',
      params: {},
      body: { secret: 'x' },
      routeOptions: { url: '/products' },
      principal: { userId: 'me', role: 'admin' },
      context: contextOf({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }),
    }) as unknown as FastifyRequest;

  it('a request becomes a command of who asked, at the path alone, in a trace', () => {
    const { reply } = headersOf();
    const made = commandRequest(request({ 'idempotency-key': 'k' }), reply);
    expect(made).toMatchObject({ actor: 'me', instance: '/products', key: { keyed: true } });
    expect(made.traceId).toBe(TRACE);
    expect(made.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    const other = commandRequest(request({ 'idempotency-key': 'k' }), reply, { asked: 'without the secret' });
    expect([other.key.id, other.key.requestHash === made.key.requestHash]).toEqual([made.key.id, false]);
  });

  it('an answer carries the token of what was written, and says that it was given before', () => {
    const positions = { products: { incarnation: productId, position: 7 } };
    const { sent, reply } = headersOf();
    sendCommandAnswer(request(), reply, { answer: { status: 201, body: { id: 1 } }, positions, replayed: true });
    expect(sent).toMatchObject({ status: 201, body: { id: 1 }, 'idempotent-replayed': 'true' });
    expect(JSON.parse(Buffer.from(String(sent['consistency-token']), 'base64url').toString())).toEqual({
      products: [productId, 7],
    });
    const stored = headersOf();
    sendCommandAnswer(request(), stored.reply, {
      answer: { status: 409, body: { code: 'short' } },
      positions,
      replayed: true,
    });
    expect(stored.sent).toMatchObject({
      status: 409,
      body: '{"code":"short"}',
      'content-type': 'application/problem+json; charset=utf-8',
    });
  });
});

it('an event in the log that this build cannot read is no fault of the request', () => {
  const unreadable = new UnreadableEventError({ log: 'products', position: 3 }, 'of a version to come');
  expect(problemOfLog(unreadable)).toBe(unreadable);
  expect(problemOfLog(new InvalidEventError('text'))).toMatchObject({ kind: commonProblems['invalid-request'] });
});
