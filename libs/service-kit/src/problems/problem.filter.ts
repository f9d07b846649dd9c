/** Every error leaves a service as a problem document; what nobody foresaw is logged and shown without its insides. */
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendProblem } from '../http/fastify-app';
import { problem, problemOfStatus, ProblemException } from './problem';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly publicUrl: string,
    private readonly log: Logger,
    private readonly translate: (error: unknown) => unknown = error => error,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    const exception = this.understand(this.translate(error), request);
    const { status } = exception.kind;
    const line = {
      traceId: request.context?.traceId,
      requestId: request.context?.requestId,
      route: request.routeOptions?.url,
      code: exception.code,
      status,
      user: request.principal?.userId,
    };
    if (status >= 500 && exception.code === 'internal-error') this.log.error({ ...line, err: error }, 'request failed');
    else this.log.info(line, 'request refused');
    if (!reply.sent) sendProblem(request, reply, exception, this.publicUrl);
  }

  private understand(error: unknown, request: FastifyRequest): ProblemException {
    if (error instanceof ProblemException) return error;
    if (error instanceof HttpException) {
      const cause = (error as { cause?: unknown }).cause;
      if (cause instanceof ProblemException) return cause;
      return error.getStatus() === 404 ? this.nothingThere(request) : problemOfStatus(error.getStatus());
    }
    const { statusCode } = (error ?? {}) as { statusCode?: unknown };
    if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return problemOfStatus(statusCode);
    return problem('internal-error');
  }

  private nothingThere(request: FastifyRequest): ProblemException {
    const methods = request.server.allowedMethods?.of(request.url.split('?')[0] ?? '') ?? [];
    if (methods.length === 0 || methods.includes(request.method)) return problem('not-found');
    return problem('method-not-allowed', { headers: { allow: methods.join(', ') } });
  }
}
