/** The shop as an API client sees it: one call a method, the newest consistency token carried along. */
import { randomUUID } from 'node:crypto';
import { decodeToken, joinPositions, LOGS, type Positions, encodeToken } from '@foldline/contracts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
}

/** An answer that is not a success; `message` is fit for a terminal. */
export class ShopError extends Error {
  constructor(
    readonly call: string,
    readonly problem: Problem,
  ) {
    super(`${call} answered ${problem.status} ${problem.code}: ${problem.detail ?? problem.title}`);
  }
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
  readonly milliseconds: number;
  /** Where the events this answer tells of stand, per log; empty where the call gave no token. */
  readonly positions: Positions;
}

interface CallOptions {
  readonly body?: unknown;
  readonly accessToken?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Shop {
  private seen: Positions = {};

  constructor(readonly url: string) {}

  /** Where everything this client has seen stands, e.g. `users 7, orders 12`. */
  get seenText(): string {
    return positionsText(this.seen);
  }

  async call<Body>(
    method: string,
    path: string,
    { body, accessToken, headers }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const started = performance.now();
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(60_000),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(accessToken && { authorization: `Bearer ${accessToken}` }),
        ...(Object.keys(this.seen).length > 0 && { 'consistency-token': encodeToken(this.seen) }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new ShopError(`${method} ${path}`, { ...(parsed as Problem), status: response.status });
    const positions = decodeToken(response.headers.get('consistency-token') ?? '') ?? {};
    this.seen = joinPositions(this.seen, positions);
    return {
      status: response.status,
      body: parsed as Body,
      headers: response.headers,
      milliseconds: performance.now() - started,
      positions,
    };
  }
}

export const positionsText = (positions: Positions): string =>
  LOGS.flatMap(log => (positions[log] ? [`${log} ${positions[log].position}`] : [])).join(', ') || '-';
