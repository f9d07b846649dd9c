/** Which JetStream errors mean that something is gone and must be made again. */
import { ErrorCode, NatsError } from 'nats';

const GONE = new Set([10014, 10037, 10059]);

/** Stream or consumer not found, or nobody answers for it. */
export const isGone = (error: unknown): boolean =>
  error instanceof NatsError &&
  (GONE.has(error.api_error?.err_code ?? 0) ||
    error.code === ErrorCode.NoResponders ||
    error.code === ErrorCode.JetStream404NoMessages ||
    error.message.includes('not found'));
