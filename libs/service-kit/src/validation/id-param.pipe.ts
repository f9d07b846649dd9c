/** An id in a path, or a problem. */
import { Injectable, Param, type PipeTransform } from '@nestjs/common';
import { isUuid } from '@foldline/contracts';
import { problem } from '../problems/problem';

@Injectable()
class IdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (isUuid(value)) return value;
    throw problem('invalid-request', {
      errors: [{ pointer: 'id', code: 'is-id', message: 'must be a lower-case UUID' }],
    });
  }
}

export const IdParam = (name = 'id'): ParameterDecorator => Param(name, new IdPipe());
