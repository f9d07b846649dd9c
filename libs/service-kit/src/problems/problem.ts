/** Errors as clients see them: RFC 9457 documents from one table of kinds. */
import { commonProblems, type CommonProblem, type ProblemKind } from './common-problems';

export { commonProblems, type CommonProblem, type ProblemKind } from './common-problems';

/** One field that broke a rule; `pointer` is an RFC 6901 JSON pointer into the body, or the name of a query field or header. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the document beside the standard ones. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Thrown anywhere in HTTP code; the filter makes the document. */
export class ProblemException extends Error {
  override readonly name = 'ProblemException';
  constructor(
    readonly code: string,
    readonly kind: ProblemKind,
    readonly details: ProblemDetails = {},
  ) {
    super(details.detail ?? kind.title);
  }
}

/** A common problem, ready to throw. */
export const problem = (code: CommonProblem, details?: ProblemDetails): ProblemException =>
  new ProblemException(code, commonProblems[code], details);

/** A service's table from rejection codes to problems; the type makes it exhaustive. */
export type ProblemTable<Code extends string> = Readonly<Record<Code, ProblemKind>>;

/** A problem out of a service's own table. */
export const problemFrom = <Code extends string>(
  table: ProblemTable<Code>,
  code: Code,
  details?: ProblemDetails,
): ProblemException => new ProblemException(code, table[code], details);

/** The document of a problem (RFC 9457); `type` is a page of the gateway. */
export function problemDocument(
  exception: ProblemException,
  { publicUrl, instance, traceId }: { publicUrl: string; instance: string; traceId: string },
): Record<string, unknown> {
  const { code, kind, details } = exception;
  return {
    type: `${publicUrl}/problems/${code}`,
    title: kind.title,
    status: kind.status,
    detail: details.detail ?? kind.cure,
    instance,
    code,
    retryable: kind.retryable ?? false,
    ...(details.errors && { errors: details.errors }),
    ...details.members,
    traceId,
  };
}

/** Of an error that no code of ours made, by its status. */
export function problemOfStatus(status: number): ProblemException {
  const byStatus: Record<number, CommonProblem> = {
    400: 'bad-request',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not-found',
    405: 'method-not-allowed',
    406: 'not-acceptable',
    408: 'request-timeout',
    413: 'body-too-large',
    414: 'bad-request',
    415: 'unsupported-media-type',
    429: 'too-many-requests',
    431: 'headers-too-large',
    503: 'service-unavailable',
  };
  return problem(byStatus[status] ?? (status < 500 ? 'bad-request' : 'internal-error'));
}
