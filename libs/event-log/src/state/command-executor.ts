/** The optimistic loop of every command: load, decide, append; again on a conflict, a bounded number of times. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Decision } from '@foldline/decider';
import type { Append, AppendResult, Claim, CommandRecord, EventLog, NewEvent } from '../event-log.port';
import type { StateAt, StateStore } from './state-store';
import { Turns } from './turns';

export interface Execute<State, Event, Rejection> {
  readonly stream: string;
  decide(state: State, version: number): Decision<Event, Rejection>;
  readonly command: Omit<CommandRecord, 'result'>;
  readonly metadata: Append['metadata'];
  readonly claims?: readonly Claim[];
  readonly releases?: readonly Claim[];
  /** From If-Match: the command is refused as stale at any other version. */
  readonly expectedVersion?: number;
  /** The answer to store with the command. */
  result?(done: Outcome<State, Event>): unknown;
  /** The answer to store for a rejection; where there is none, the command is decided anew when it is repeated. */
  rejected?(rejection: Rejection): unknown;
}

export interface Outcome<State, Event> {
  readonly state: State;
  readonly version: number;
  /** None when the command changed nothing. */
  readonly events: readonly Event[];
}

export type Executed<State, Event, Rejection> =
  | ({
      readonly kind: 'done';
      readonly incarnation: string;
      readonly position: number;
      readonly recordedAt: string;
      readonly result: unknown;
    } & Outcome<State, Event>)
  /** The same command was carried out, or rejected, before: `result` is what was stored then. */
  | { readonly kind: 'repeated'; readonly result: unknown; readonly position: number; readonly incarnation: string }
  /** The command id belongs to another request. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'claim-taken'; readonly scope: string }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'stale'; readonly actual: number }
  /** Others were faster every time. */
  | { readonly kind: 'busy' };

const RETRIES = 5;
const JITTER_MS = 10;

export class CommandExecutor<State, Event extends NewEvent> {
  private readonly turns = new Turns();

  constructor(
    private readonly log: EventLog,
    private readonly states: StateStore<State, Event>,
  ) {}

  /** Commands of one process on one stream take turns, so that only other processes can cause a conflict. */
  execute<Rejection>(request: Execute<State, Event, Rejection>): Promise<Executed<State, Event, Rejection>> {
    return this.turns.take(request.stream, () => this.retried(request));
  }

  private async retried<Rejection>(
    request: Execute<State, Event, Rejection>,
  ): Promise<Executed<State, Event, Rejection>> {
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      // A state from memory is good enough to be accepted: the append checks its version. It is not good enough to refuse.
      const held = attempt === 0 ? await this.states.cached(request.stream) : undefined;
      const quick = held && (await this.attempt(request, held, held.fresh));
      const executed = quick ?? (await this.attempt(request, await this.states.load(request.stream), true));
      if (executed && executed.kind !== 'conflict') return executed;
      await pause(Math.random() * JITTER_MS * attempt);
    }
    return { kind: 'busy' };
  }

  /** Undefined: refused by a state that may be outdated, so nothing is known yet. */
  private async attempt<Rejection>(
    request: Execute<State, Event, Rejection>,
    { state, version }: StateAt<State>,
    fresh: boolean,
  ): Promise<Executed<State, Event, Rejection> | { readonly kind: 'conflict' } | undefined> {
    const { stream, expectedVersion } = request;
    if (expectedVersion !== undefined && expectedVersion !== version)
      return fresh ? ((await this.repeated(request)) ?? { kind: 'stale', actual: version }) : undefined;
    const decision = request.decide(state, version);
    if (decision.kind === 'rejected') return fresh ? this.reject(request, decision.rejection) : undefined;
    const { events } = decision;
    if (events.length === 0 && !fresh) return undefined;
    const done = { state: this.states.evolve(state, events), version: version + events.length, events };
    const result = request.result?.(done);
    const writes = events.length > 0 ? [{ stream, expectedVersion: version, events }] : [];
    const { claims, releases } = request;
    const appended = await this.append(request, { writes, claims, releases }, result);
    if (appended.kind === 'conflict') {
      this.states.forget(stream);
      return { kind: 'conflict' };
    }
    if (appended.kind !== 'appended') return refused(appended);
    const { incarnation, position, recordedAt } = appended;
    if (events.length > 0) this.states.remember(stream, done.version, done.state, { incarnation, position });
    return { kind: 'done', ...done, incarnation, position, recordedAt, result };
  }

  private async reject<Rejection>(
    request: Execute<State, Event, Rejection>,
    rejection: Rejection,
  ): Promise<Executed<State, Event, Rejection>> {
    const answer = request.rejected?.(rejection);
    if (answer === undefined) return (await this.repeated(request)) ?? { kind: 'rejected', rejection };
    const stored = await this.append(request, { writes: [] }, answer);
    return stored.kind === 'duplicate' ? refused(stored) : { kind: 'rejected', rejection };
  }

  private append(
    { command, metadata }: Pick<Append, 'command' | 'metadata'>,
    what: Pick<Append, 'writes' | 'claims' | 'releases'>,
    result: unknown,
  ): Promise<AppendResult> {
    return this.log.append({ ...what, command: { ...command, result }, metadata });
  }

  /** What the state refuses now may be what the command itself did before. */
  private async repeated({ command }: Pick<Append, 'command'>) {
    const found = await this.log.findCommand([command.id, ...(command.alsoStoredAs ?? [])]);
    if (!found) return undefined;
    const { incarnation, position, result, requestHash } = found;
    return refused({
      kind: 'duplicate',
      incarnation,
      position,
      result,
      sameRequest: requestHash === (command.requestHash ?? null),
    });
  }
}

type Refused = Extract<AppendResult, { kind: 'duplicate' | 'claim-taken' | 'checkpoint-moved' }>;

function refused(result: Refused) {
  switch (result.kind) {
    case 'duplicate': {
      const { result: stored, position, incarnation } = result;
      return result.sameRequest
        ? ({ kind: 'repeated', result: stored, position, incarnation } as const)
        : ({ kind: 'key-reused' } as const);
    }
    case 'claim-taken':
      return result;
    case 'checkpoint-moved':
      throw new Error('a command has no checkpoint that could have moved');
  }
}
