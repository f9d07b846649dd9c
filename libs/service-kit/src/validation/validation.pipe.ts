/** Bodies and queries become objects of their classes, or a problem that names each field that broke a rule. */
import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { problem, type FieldError } from '../problems/problem';

function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const pointer = `${parent}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = Object.entries(constraints).map(([code, message]) => ({
      pointer: pointer.slice(0, 200),
      code:
        code === 'whitelistValidation' ? 'unknown-field' : code.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`),
      message: code === 'whitelistValidation' ? 'is not known here' : message.slice(0, 200),
    }));
    return [...own, ...fieldErrors(children, pointer)];
  });
}

class StrictPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Without this, nothing at all would pass for an object whose every field may be left out.
    if (metadata.type === 'body' && (value === undefined || value === null))
      throw problem('bad-request', { detail: 'The body is empty; a JSON object is needed.' });
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

export const validationPipe = (): ValidationPipe =>
  new StrictPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: errors => problem('invalid-request', { errors: fieldErrors(errors) }),
  });
