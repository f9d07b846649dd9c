/** Refusals that say when to come back. */
import { problem, type CommonProblem, type ProblemException } from './problem';

export const retryLater = (code: CommonProblem, seconds: number, detail?: string): ProblemException =>
  problem(code, { ...(detail && { detail }), headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) } });
