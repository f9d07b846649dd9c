/** A caller with an identity: one call at a time, commands with a key, an open outcome repeated with the same key. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { outcomeOf, type Answer, type Call, type History, type Operation } from './history';
import { attempt } from './http';

export interface Identity {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

export interface Request {
  readonly operation: Operation;
  readonly method: string;
  readonly route: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent without an identity. */
  readonly anonymous?: boolean;
  /** A key used before. */
  readonly key?: string;
}

const TRIES = 7;
const RETRY_MS = 250;
const LONGEST_RETRY_MS = 4000;
/** Below the lifetime of an access token. */
const SIGN_IN_EVERY_MS = 10 * 60_000;

export class Client {
  identity: Identity | undefined;
  /** The newest token this client was given; it sends it with everything. */
  token: string | undefined;
  private access: string | undefined;
  private signedInAt = 0;

  constructor(
    readonly name: string,
    readonly gateway: string,
    readonly history: History,
    private readonly going: () => boolean,
  ) {}

  async become(identity: Identity): Promise<void> {
    this.identity = identity;
    this.access = undefined;
    this.token = undefined;
    await this.signIn();
  }

  /** Reads are sent once; commands until their outcome is known, a few times. */
  async call(request: Request): Promise<Call> {
    const { operation, method, route, path = route, body, anonymous = false } = request;
    if (!anonymous) await this.signIn();
    const isCommand = method !== 'GET';
    const call = this.history.begin({
      client: this.name,
      operation,
      method,
      route,
      path,
      actor: anonymous ? null : (this.identity?.id ?? null),
      ...(body !== undefined && { body }),
      ...(request.headers && { headers: request.headers }),
      ...(isCommand && { key: request.key ?? randomUUID() }),
      ...(this.token && !anonymous && { token: this.token }),
    });
    for (let tried = 0; tried < (isCommand ? TRIES : 1); tried += 1) {
      const answer = await this.send(call);
      if (answer.verdict !== 'unknown') break;
      if (!this.going()) break;
      await pause(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** tried));
    }
    const outcome = outcomeOf(call);
    // Who asks without an identity brings no token, so what comes back does not hold what this client has seen.
    if (!anonymous && outcome.verdict === 'ok' && outcome.token) this.token = outcome.token;
    return call;
  }

  private async send(call: Call): Promise<Answer> {
    const recorded = this.history.invoke(call);
    const answer = await attempt(this.gateway, call, call.actor === null ? undefined : this.access);
    this.history.complete(call, recorded, answer);
    return answer;
  }

  async signIn(): Promise<void> {
    if (!this.identity || (this.access && Date.now() - this.signedInAt < SIGN_IN_EVERY_MS)) return;
    const { email, password } = this.identity;
    while (this.going()) {
      try {
        const response = await fetch(`${this.gateway}/sessions`, {
          method: 'POST',
          signal: AbortSignal.timeout(10_000),
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password }),
        });
        const body = (await response.json()) as { accessToken?: string };
        if (response.status === 201 && body.accessToken) {
          this.access = body.accessToken;
          this.signedInAt = Date.now();
          return;
        }
        if (response.status === 401) return;
      } catch {
        // The gateway or users is down: tried again below.
      }
      await pause(RETRY_MS);
    }
  }
}
