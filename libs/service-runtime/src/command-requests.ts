/** From a request to its command and from its outcome to an answer: the same way in every writing service. */
import type { LogName, Positions } from '@foldline/contracts';
import type { Claim, CommandExecutor, Executed, NewEvent, Outcome } from '@foldline/event-log';
import { EventTooLargeError, InvalidEventError, LogUnavailableError, UnreadableEventError } from './errors';
import type { Decision } from '@foldline/decider';
import { isUnavailable } from '@foldline/postgres';
import {
  commandOf,
  problem,
  problemDocument,
  ProblemException,
  retryLater,
  sendAnswer,
  sendToken,
  wantedPositions,
  type CommandKey,
  type StoredAnswer,
} from '@foldline/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a command handler needs of the request; plain, so that handlers know nothing of HTTP. */
export interface CommandRequest {
  readonly key: CommandKey;
  readonly actor?: string;
  readonly instance: string;
  readonly traceparent: string;
  readonly traceId: string;
}

/** `asked` is what a repeat with the same key must ask as well: the body, unless it holds a secret. */
export function commandRequest(request: FastifyRequest, reply: FastifyReply, asked?: unknown): CommandRequest {
  return {
    key: commandOf(request, reply, asked),
    ...(request.principal && { actor: request.principal.userId }),
    instance: request.url.split('?')[0] ?? '',
    traceparent: request.context.traceparent,
    traceId: request.context.traceId,
  };
}

export const metadataOf = ({ key, actor, traceparent }: CommandRequest) => ({
  correlationId: key.id,
  causationId: key.id,
  traceparent,
  ...(actor && { actor }),
});

export interface CommandAnswer {
  readonly answer: StoredAnswer;
  readonly positions: Positions;
  readonly replayed: boolean;
}

export interface CommandRun<State, Event, Rejection> {
  readonly stream: string;
  decide(state: State, version: number): Decision<Event, Rejection>;
  readonly request: CommandRequest;
  readonly claims?: readonly Claim[];
  readonly releases?: readonly Claim[];
  readonly expectedVersion?: number | undefined;
  answer(done: Outcome<State, Event>): StoredAnswer;
  rejected(rejection: Rejection): ProblemException;
  claimTaken?(scope: string): ProblemException;
}

/** Runs commands and turns what came of them into answers; what is no success is thrown as a problem. */
export class Commands<State, Event extends NewEvent> {
  constructor(
    private readonly log: LogName,
    private readonly executor: CommandExecutor<State, Event>,
    private readonly publicUrl: string,
  ) {}

  async run<Rejection>(run: CommandRun<State, Event, Rejection>): Promise<CommandAnswer> {
    const { request, expectedVersion, claims, releases } = run;
    const { keyed, ...command } = request.key;
    const executed = await this.executor
      .execute<Rejection>({
        stream: run.stream,
        decide: (state, version) => run.decide(state, version),
        command,
        metadata: metadataOf(request),
        ...(claims && { claims }),
        ...(releases && { releases }),
        ...(expectedVersion !== undefined && { expectedVersion }),
        result: done => (keyed ? run.answer(done) : undefined),
        ...(keyed && { rejected: (rejection: Rejection) => this.storedProblem(run.rejected(rejection), request) }),
      })
      .catch((error: unknown) => {
        throw problemOfLog(error);
      });
    return this.answerOf(executed, run);
  }

  private answerOf<Rejection>(
    executed: Executed<State, Event, Rejection>,
    run: CommandRun<State, Event, Rejection>,
  ): CommandAnswer {
    switch (executed.kind) {
      case 'done':
        return { answer: run.answer(executed), positions: this.at(executed), replayed: false };
      case 'repeated':
        return {
          answer: (executed.result as StoredAnswer | null) ?? { status: 200 },
          positions: this.at(executed),
          replayed: true,
        };
      case 'rejected':
        throw run.rejected(executed.rejection);
      case 'claim-taken':
        throw run.claimTaken?.(executed.scope) ?? problem('internal-error');
      case 'key-reused':
        throw problem('key-reused');
      case 'stale':
        throw problem('stale-version');
      case 'busy':
        throw retryLater('busy-try-again', 1);
    }
  }

  private at({ incarnation, position }: { incarnation: string; position: number }): Positions {
    return { [this.log]: { incarnation, position } };
  }

  /** None for what may end otherwise in a moment: a client that is told to try again does so with the same key. */
  private storedProblem(exception: ProblemException, { instance, traceId }: CommandRequest): StoredAnswer | undefined {
    if (exception.kind.retryable) return undefined;
    return {
      status: exception.kind.status,
      body: problemDocument(exception, { publicUrl: this.publicUrl, instance, traceId }),
      ...(exception.details.headers && { headers: exception.details.headers }),
    };
  }
}

/** What an event log or a database throws, as clients see it; anything else stays what it is. */
export function problemOfLog(error: unknown): unknown {
  if (error instanceof EventTooLargeError) return problem('body-too-large', { detail: error.message });
  if (error instanceof InvalidEventError && !(error instanceof UnreadableEventError))
    return problem('invalid-request', { detail: 'The request holds text that cannot be stored.' });
  if (error instanceof LogUnavailableError)
    return retryLater(
      'service-unavailable',
      1,
      'The log did not answer in time; send the request again with the same Idempotency-Key.',
    );
  if (isUnavailable(error))
    return retryLater('service-unavailable', 1, 'The database did not answer in time; send the request again.');
  return error;
}

/** Sends a command's answer with the token that names what it wrote. */
export function sendCommandAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { answer, positions, replayed }: CommandAnswer,
): FastifyReply {
  sendToken(reply, wantedPositions(request), positions);
  return sendAnswer(reply, answer, replayed);
}
