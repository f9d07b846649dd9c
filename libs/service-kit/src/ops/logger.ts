/** JSON lines on standard output. Callers pass ids and numbers, never bodies, names, addresses, tokens or secrets. */
import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** What drivers add to their errors: values of rows and statements. */
const DRIVER_FIELDS = ['config', 'parameters', 'detail', 'query', 'where', 'internalQuery'];

/** Every line says which service wrote it; who writes one about a request names its `traceId`. */
export const makeLogger = (service: string, level: string, to: DestinationStream = pino.destination(1)): Logger =>
  pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err },
      redact: [
        '*.password',
        '*.authorization',
        '*.accessToken',
        '*.email',
        '*.displayName',
        '*.cookie',
        ...DRIVER_FIELDS.map(field => `err.${field}`),
      ],
    },
    to,
  );

/** Nest's own messages, in the same form. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(
      { context: rest.at(-1), ...(message instanceof Error && { err: message }) },
      message instanceof Error ? message.message : String(message),
    );
  }
  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
  debug(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }
}
