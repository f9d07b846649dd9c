/** The headers by which a caller says what it has seen, how long it waits, what it changes and which command this is. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { decodeToken, encodeToken } from '@foldline/contracts';
import { ProblemException } from '../problems/problem';
import { assertPossible, sendPositions, sendToken, wantedPositions } from './consistency';
import { etagOf, ifMatch, notModified } from './etags';
import { commandOf, requestHash } from './idempotency';
import { preferenceOf } from './prefer';

const INCARNATION = '0190a1b2-0000-7000-8000-000000000001';
const OTHER = '0190a1b2-0000-7000-8000-000000000002';

interface Asked {
  readonly headers?: Record<string, string>;
  readonly user?: string;
  readonly route?: string;
  readonly params?: unknown;
  readonly body?: unknown;
}
const request = ({ headers = {}, user, route = '/orders', params = {}, body = {} }: Asked = {}): FastifyRequest =>
  ({
    headers,
    method: 'POST',
    params,
    body,
    routeOptions: { url: route },
    ...(user && { principal: { userId: user, role: 'customer' } }),
  }) as unknown as FastifyRequest;

function reply(): FastifyReply & { sent: Record<string, string> } {
  const sent: Record<string, string> = {};
  const fake = { sent, header: (name: string, value: string) => ((sent[name] = value), fake) };
  return fake as never;
}
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemException) return `${error.kind.status} ${error.code}`;
    throw error;
  }
  return undefined;
};

describe('Consistency-Token', () => {
  const wanted = (token: string) => wantedPositions(request({ headers: { 'consistency-token': token } }));
  it.each([
    '',
    'garbage!',
    'e30=',
    'x'.repeat(10_000),
    encodeToken({ users: { incarnation: INCARNATION, position: -1 } }),
  ])('%j is refused at once', token => expect(codeOf(() => wanted(token))).toBe('400 invalid-token'));
  it('says the positions to show at least; without it there are none', () => {
    const positions = { orders: { incarnation: INCARNATION, position: 7 } };
    expect(wanted(encodeToken(positions))).toEqual(positions);
    expect(wantedPositions(request())).toEqual({});
  });
  it('of an answer is the join of what was brought and what is shown', () => {
    const answer = reply();
    const [users, orders] = [
      { incarnation: INCARNATION, position: 9 },
      { incarnation: INCARNATION, position: 4 },
    ];
    sendToken(answer, { users, orders: { ...orders, position: 3 } }, { orders });
    expect(decodeToken(answer.sent['consistency-token']!)).toEqual({ users, orders });
  });
  it('of another incarnation, or ahead of a known head, is told so', () => {
    const at = (incarnation: string, position: number) =>
      codeOf(() =>
        assertPossible({ orders: { incarnation, position } }, 'orders', { incarnation: INCARNATION, position: 5 }),
      );
    expect(at(OTHER, 1)).toBe('409 log-replaced');
    expect(at(INCARNATION, 6)).toBe('400 token-ahead');
    expect(at(INCARNATION, 5)).toBeUndefined();
  });
  it('has a form for people beside it', () => {
    const answer = reply();
    sendPositions(
      answer,
      { orders: { incarnation: INCARNATION, position: 12 }, users: { incarnation: INCARNATION, position: 7 } },
      3,
    );
    expect(answer.sent).toEqual({ 'foldline-positions': 'users=7, orders=12', 'foldline-lag': '3' });
  });
});

describe('Prefer', () => {
  it.each([
    [undefined, undefined, false],
    ['wait=5', 5, false],
    ['wait="5"', 5, false],
    ['Wait = 5', 5, false],
    ['wait=0', 0, false],
    ['wait=31', 30, false],
    ['wait=999999', 30, false],
    ['wait=-1', undefined, false],
    ['wait=abc', undefined, false],
    ['wait=1e1', undefined, false],
    ['wait=5; foo', 5, false],
    ['respond-async', undefined, true],
    ['respond-async, wait=10', 10, true],
    ['return=minimal, wait=3', 3, false],
    ['await=3', undefined, false],
    ['no-respond-async', undefined, false],
  ])('%j waits %j s, async %j', (prefer, wait, respondAsync) => {
    expect(preferenceOf(request({ headers: prefer === undefined ? {} : { prefer } }))).toEqual({
      ...(wait !== undefined && { wait }),
      respondAsync,
    });
  });
});

describe('If-Match', () => {
  const version = (tag?: string, required = false) =>
    ifMatch(request({ headers: tag === undefined ? {} : { 'if-match': tag } }), { required });
  it.each(['', '1', '"', '"a"', '"01"', '"-1"', '"1', "'1'", '"1", "2"', `"${'9'.repeat(30)}"`])(
    '%j is no tag of ours',
    tag => expect(codeOf(() => version(tag))).toBe('400 invalid-request'),
  );
  it('names the version that was read', () => {
    expect(version(etagOf(7))).toBe(7);
    expect(version('*')).toBeUndefined();
    expect(version()).toBeUndefined();
  });
  it('that is weak matches nothing, and one that is needed is asked for', () => {
    expect(codeOf(() => version('W/"1"'))).toBe('412 stale-version');
    expect(codeOf(() => version(undefined, true))).toBe('428 if-match-required');
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"7"', true],
    ['W/"7"', true],
    ['"6", "7"', true],
    ['*', true],
    ['"6"', false],
    ['7', false],
    [undefined, false],
  ])('%j against "7" is known: %j', (tag, known) =>
    expect(notModified(request({ headers: tag === undefined ? {} : { 'if-none-match': tag } }), '"7"')).toBe(known),
  );
});

describe('Idempotency-Key', () => {
  const keyed = (key: string, asked: Asked = {}) =>
    commandOf(request({ headers: { 'idempotency-key': key }, ...asked }), reply());

  it.each(['', '""', ' ', 'a b', 'käse', 'x'.repeat(256), 'a\tb', 'a, b'])('%j is refused', key =>
    expect(codeOf(() => keyed(key))).toBe('400 invalid-request'),
  );
  it('names the same command quoted and bare, each time', () => {
    expect(keyed('"abc"')).toEqual(keyed('abc'));
    expect(keyed('abc').keyed).toBe(true);
  });
  it('is another command for another user, route or key', () => {
    const ids = [
      keyed('abc'),
      keyed('abd'),
      keyed('abc', { user: INCARNATION }),
      keyed('abc', { user: OTHER }),
      keyed('abc', { route: '/products' }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
  });
  it('knows the same request by its meaning, and another body or address as another', () => {
    const hash = (body: unknown, params: unknown = {}) => keyed('abc', { body, params }).requestHash;
    expect(hash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(hash({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(hash({ a: 1 })).not.toBe(hash({ a: 2 }));
    expect(hash({ a: [1, 2] })).not.toBe(hash({ a: [2, 1] }));
    expect(hash({ a: 1 }, { id: 'x' })).not.toBe(hash({ a: 1 }, { id: 'y' }));
    expect(requestHash({ a: '1' })).not.toBe(requestHash({ a: 1 }));
  });
  it('is found over midnight, and is free again after two', () => {
    jest.useFakeTimers({ now: new Date('2026-03-01T23:59:59.999Z') });
    const first = keyed('abc');
    jest.setSystemTime(new Date('2026-03-02T00:00:00.000Z'));
    expect(keyed('abc').alsoStoredAs).toContain(first.id);
    jest.setSystemTime(new Date('2026-03-03T00:00:00.000Z'));
    expect([keyed('abc').id, ...keyed('abc').alsoStoredAs!]).not.toContain(first.id);
    jest.useRealTimers();
  });
  it('is made and told where the caller names none', () => {
    const answer = reply();
    const { id, keyed: named, requestHash: hash } = commandOf(request(), answer);
    expect({ named, hash, told: answer.sent['idempotency-key'] }).toEqual({ named: false, hash: undefined, told: id });
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});
