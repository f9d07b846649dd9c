/** The shop as a program calls it: typed calls, errors as values, and no answer older than what was seen before. */
import type { components } from './api.js';
import { joinTokens } from './consistency.js';
import { ProblemError, unknownProblem, type Problem } from './problem-error.js';
import { mayRepeat, pause } from './repeating.js';
import { Renewal, type SessionTokens } from './session-tokens.js';
import type { AddressOf, Arguments, CallOptions, Given, Item, ListAddress, Result, Verb } from './types.js';

export interface ClientOptions {
  /** Of the gateway, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Of an earlier sign-in; `signIn` sets it. */
  readonly accessToken?: string;
  /** Of the same sign-in: with it the client makes itself a new access token when one has expired. */
  readonly refreshToken?: string;
  /**
   * Told of every new pair of tokens, and of their end, by one who keeps them: a refresh token is good once, and one that
   * comes a second time ends the session. So one client for one session.
   */
  readonly onSession?: (tokens: SessionTokens | undefined) => void;
  /** Of an earlier client, to go on where it was. */
  readonly consistencyToken?: string;
  /** How often a call is tried at most, when nobody answers or the problem says that it may succeed later; default 3. */
  readonly attempts?: number;
  /** Of one try, milliseconds; default 40,000: longer than the longest wait. */
  readonly timeoutMs?: number;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
  /** To be given as `ifMatch` with a change. */
  readonly etag: string | undefined;
  /** True for the stored answer of a write that was sent before with the same key. */
  readonly replayed: boolean;
}

type Session = components['schemas']['SessionBody'];
interface Fields extends CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const addressOf = (address: string, { path = {}, query = {} }: Fields): string => {
  const filled = address.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const asked = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)] as [string, string]],
  );
  return asked.length === 0 ? filled : `${filled}?${String(new URLSearchParams(asked))}`;
};

export class ShopClient {
  /** Goes with every call as `Authorization: Bearer`. */
  accessToken: string | undefined;
  /** Good for one new pair of tokens, which the client asks for when the access token is refused. */
  refreshToken: string | undefined;
  /** What this client has seen or written; every call is answered with at least that. */
  consistencyToken: string | undefined;
  private readonly url: string;
  private readonly attempts: number;
  private readonly timeoutMs: number;
  private readonly fetch: typeof globalThis.fetch;
  private readonly renewal: Renewal;

  constructor(options: ClientOptions) {
    this.url = options.url.replace(/\/$/, '');
    this.accessToken = options.accessToken;
    this.refreshToken = options.refreshToken;
    this.consistencyToken = options.consistencyToken;
    this.attempts = options.attempts ?? 3;
    this.timeoutMs = options.timeoutMs ?? 40_000;
    this.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.renewal = new Renewal(
      this,
      async refreshToken => (await this.post('/sessions/refresh', { body: { refreshToken } })).body,
      tokens => options.onSession?.(tokens),
    );
  }

  /** Signs in and keeps the tokens; from then on the session is renewed as needed. Throws `wrong-credentials`. */
  async signIn(credentials: components['schemas']['SessionRequestBody']): Promise<Session> {
    const { body } = await this.post('/sessions', { body: credentials });
    this.renewal.keep(body);
    return body;
  }

  /** Ends the session and forgets its tokens. */
  async signOut(): Promise<void> {
    const { refreshToken } = this;
    if (refreshToken !== undefined) await this.post('/sessions/sign-out', { body: { refreshToken } });
    this.renewal.keep(undefined);
  }

  get<P extends AddressOf<'get'>>(
    address: P,
    ...[given]: Arguments<Given<'get', P>>
  ): Promise<Answer<Result<'get', P>>> {
    return this.call('get', address, given);
  }

  post<P extends AddressOf<'post'>>(
    address: P,
    ...[given]: Arguments<Given<'post', P>>
  ): Promise<Answer<Result<'post', P>>> {
    return this.call('post', address, given);
  }

  patch<P extends AddressOf<'patch'>>(
    address: P,
    ...[given]: Arguments<Given<'patch', P>>
  ): Promise<Answer<Result<'patch', P>>> {
    return this.call('patch', address, given);
  }

  delete<P extends AddressOf<'delete'>>(
    address: P,
    ...[given]: Arguments<Given<'delete', P>>
  ): Promise<Answer<Result<'delete', P>>> {
    return this.call('delete', address, given);
  }

  /** All items of a list, page by page as they are asked for; what changes its place meanwhile can be missed. */
  async *each<P extends ListAddress>(
    address: P,
    ...[given]: Arguments<Given<'get', P>>
  ): AsyncGenerator<Item<P>, void, undefined> {
    let cursor: string | undefined;
    do {
      const fields: Fields = given ?? {};
      const query = { ...fields.query, ...(cursor !== undefined && { cursor }) };
      const { body } = await this.call<{ items: Item<P>[]; next: string | null }>('get', address, { ...fields, query });
      yield* body.items;
      cursor = body.next ?? undefined;
    } while (cursor !== undefined);
  }

  private async call<Body>(verb: Verb, address: string, fields: Fields = {}): Promise<Answer<Body>> {
    // One key for all tries: a try whose answer was lost has its effect once.
    const key = verb === 'get' ? undefined : (fields.idempotencyKey ?? crypto.randomUUID());
    const token = this.accessToken;
    try {
      return await this.repeated<Body>(verb, address, fields, key);
    } catch (error) {
      if (!ProblemError.is(error, 'unauthenticated') || !(await this.renewal.after(token))) throw error;
      fields.signal?.throwIfAborted();
      return this.repeated<Body>(verb, address, fields, key);
    }
  }

  private async repeated<Body>(verb: Verb, address: string, fields: Fields, key?: string): Promise<Answer<Body>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once<Body>(verb, address, fields, key);
      } catch (error) {
        const delayMs = attempt < this.attempts ? mayRepeat(error, verb, address, attempt) : undefined;
        if (delayMs === undefined || fields.signal?.aborted) throw error;
        await pause(delayMs, fields.signal);
      }
    }
  }

  private async once<Body>(verb: Verb, address: string, fields: Fields, key?: string): Promise<Answer<Body>> {
    const { body, wait, ifMatch, signal } = fields;
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const response = await this.fetch(this.url + addressOf(address, fields), {
      method: verb.toUpperCase(),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.accessToken !== undefined && { authorization: `Bearer ${this.accessToken}` }),
        ...(this.consistencyToken !== undefined && { 'consistency-token': this.consistencyToken }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(wait !== undefined && { prefer: `wait=${wait}` }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return this.read<Body>(`${verb.toUpperCase()} ${address}`, response);
  }

  private async read<Body>(call: string, response: Response): Promise<Answer<Body>> {
    const { status, headers } = response;
    const text = await response.text();
    if (!response.ok) throw this.refused(call, status, headers, text);
    const seen = headers.get('consistency-token');
    if (seen) this.consistencyToken = joinTokens(this.consistencyToken, seen);
    return {
      status,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
      headers,
      etag: headers.get('etag') ?? undefined,
      replayed: headers.get('idempotent-replayed') === 'true',
    };
  }

  private refused(call: string, status: number, headers: Headers, text: string): ProblemError {
    const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
    const problem = isProblem ? (JSON.parse(text) as Problem) : unknownProblem(status, call.split(' ')[1] ?? '');
    // The log is another one now: what was seen of the old one can be waited for no more.
    if (problem.code === 'log-replaced') this.consistencyToken = undefined;
    const after = Number.parseInt(headers.get('retry-after') ?? '', 10);
    return new ProblemError(call, problem, Number.isNaN(after) ? undefined : after);
  }
}
