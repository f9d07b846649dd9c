/** The kinds of problem that any service may answer with; each becomes a page of the gateway. */

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the client can do; shown on the page that `type` names. */
  readonly cure: string;
  /** Whether the same request may succeed later. */
  readonly retryable?: boolean;
}

/** Kinds that any service may answer with; a service adds its own. */
export const commonProblems = {
  'bad-request': { status: 400, title: 'The request cannot be read', cure: 'Mend the request as the detail says.' },
  'invalid-request': { status: 400, title: 'The request breaks a rule', cure: 'Mend the fields listed in errors.' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of this list', cure: 'Start again without a cursor.' },
  'invalid-token': {
    status: 400,
    title: 'The Consistency-Token cannot be read',
    cure: 'Send the header exactly as an answer gave it, or leave it out.',
  },
  'token-ahead': {
    status: 400,
    title: 'The Consistency-Token names what has not happened',
    cure: 'Send a token that this shop gave.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign-in is needed',
    cure: 'Sign in by POST /sessions and send the access token as Authorization: Bearer.',
  },
  forbidden: { status: 403, title: 'Not yours to see or do', cure: 'Sign in as the owner or as an admin.' },
  'not-found': { status: 404, title: 'There is nothing here', cure: 'Check the address.' },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not know the method',
    cure: 'Use one of the methods in the Allow header.',
  },
  'not-acceptable': { status: 406, title: 'Only JSON is answered', cure: 'Accept application/json.' },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    cure: 'Send it again, faster.',
    retryable: true,
  },
  'log-replaced': {
    status: 409,
    title: 'The log was replaced since the token was given',
    cure: 'Drop the token and read again.',
  },
  'busy-try-again': {
    status: 409,
    title: 'Others changed the same thing at the same time',
    cure: 'Send the request again with the same Idempotency-Key.',
    retryable: true,
  },
  'stale-version': {
    status: 412,
    title: 'It changed since it was read',
    cure: 'Read it again, and send its new ETag as If-Match.',
  },
  'body-too-large': { status: 413, title: 'The body is too large', cure: 'Send less in one request.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Only JSON in UTF-8 is read',
    cure: 'Send Content-Type: application/json, not compressed.',
  },
  'misdirected-request': {
    status: 421,
    title: 'Another process keeps this',
    cure: 'Ask the gateway, which knows who keeps what; its operator sets QUERY_URL.',
  },
  'key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    cure: 'Use a new key for a new request.',
  },
  'if-match-required': {
    status: 428,
    title: 'If-Match is needed here',
    cure: 'Send the ETag of what was read as If-Match.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    cure: 'Wait as long as Retry-After says.',
    retryable: true,
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', cure: 'Send smaller headers.' },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    cure: 'Try again later; tell the operator the traceId.',
    retryable: true,
  },
  'bad-gateway': { status: 502, title: 'The service behind did not answer', cure: 'Try again later.', retryable: true },
  'service-unavailable': {
    status: 503,
    title: 'Not possible right now',
    cure: 'Wait as long as Retry-After says.',
    retryable: true,
  },
  'read-model-behind': {
    status: 503,
    title: 'The read model has not got there yet',
    cure: 'Wait as long as Retry-After says; what was written is not lost.',
    retryable: true,
  },
  'gateway-timeout': {
    status: 504,
    title: 'The service behind took too long',
    cure: 'Send the request again with the same Idempotency-Key.',
    retryable: true,
  },
} as const satisfies Record<string, ProblemKind>;

export type CommonProblem = keyof typeof commonProblems;
