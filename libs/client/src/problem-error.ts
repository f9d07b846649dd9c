/** Errors of the shop as values that a program can tell apart. */
import type { components, ProblemCode } from './api.js';

export type Problem = Omit<components['schemas']['Problem'], 'code'> & {
  readonly code: ProblemCode;
  /** Some problems tell more, such as the products that are short. */
  readonly [member: string]: unknown;
};

/** Thrown for every answer that is not a success; `problem.type` is a page that says what to do. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    /** The call, such as `POST /orders`. */
    readonly call: string,
    readonly problem: Problem,
    /** From the answer's `Retry-After`. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${call} answered ${problem.status} ${problem.code}: ${problem.detail ?? problem.title}`);
  }

  get code(): ProblemCode {
    return this.problem.code;
  }

  /** True for an error of the shop, and, where a code is given, for this kind of error. */
  static is(error: unknown, code?: ProblemCode): error is ProblemError {
    return error instanceof ProblemError && (code === undefined || error.code === code);
  }
}

/** What an answer without a problem document was: something between this client and the shop spoke. */
export const unknownProblem = (status: number, instance: string): Problem => ({
  type: 'about:blank',
  title: `Status ${status} without a problem document`,
  status,
  detail: 'This was not answered by the shop; look at what stands between, such as a proxy.',
  instance,
  code: status >= 500 ? 'bad-gateway' : 'bad-request',
  retryable: status >= 502,
  traceId: '0'.repeat(32),
});
