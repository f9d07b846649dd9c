/** Decides whether a request is looked at at all: bounds on what is open at once, headers and types that cannot be served. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { retryLater } from '../problems/limited';
import { problem, type ProblemException } from '../problems/problem';

export interface AdmissionSettings {
  /** Requests being answered at once; more are told to come back (503). */
  readonly maxOpenRequests: number;
  /** For a server that also answers pages: no check of Accept. */
  readonly servesPages: boolean;
}

/** Set in a route's `config`: health and numbers are answered under any load and in their own types. */
export interface OperatorRoute {
  readonly forOperators?: true;
}

const ACCEPTABLE = /(^|,)\s*(\*\/\*|application\/(\*|json|problem\+json|[\w.-]+\+json))\s*($|[;,])/i;
/** More headers than any client has cause to send; node:http would drop the rest without a word. */
const MAX_HEADERS = 100;

export class Admission {
  private open = 0;

  constructor(private readonly settings: AdmissionSettings) {}

  /** Counts the request in. Gives what to refuse it with, if so. */
  refusal(request: FastifyRequest): ProblemException | undefined {
    const { forOperators } = request.routeOptions.config as OperatorRoute;
    const { accept } = request.headers;
    if (request.raw.rawHeaders.length > MAX_HEADERS * 2) return problem('headers-too-large');
    if (forOperators) return undefined;
    if (this.open > this.settings.maxOpenRequests)
      return retryLater('service-unavailable', 1, 'Too many requests are being answered at once.');
    if (!this.settings.servesPages && accept && !ACCEPTABLE.test(accept)) return problem('not-acceptable');
    return undefined;
  }

  /** A request is open until its answer is sent or its client is gone, whichever comes first. */
  count(instance: FastifyInstance): void {
    instance.addHook('onRequest', (_, reply, done) => {
      this.open += 1;
      reply.raw.once('close', () => (this.open -= 1));
      done();
    });
  }
}
