/** The rules of request fields, each with what the API documentation shows of it. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { isUuid, MAX_AMOUNT } from '@foldline/contracts';

const isPlain = (value: unknown): boolean =>
  // U+0000 and lone surrogates cannot be stored as jsonb; bidirectional overrides make text lie about itself.
  typeof value === 'string' &&
  !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(value) &&
  value.isWellFormed();

function rule(
  name: string,
  message: string,
  test: (value: unknown) => boolean,
  options?: ValidationOptions,
): PropertyDecorator {
  return (target, key) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(key),
      options: { message, ...options },
      validator: { validate: test },
    });
}

/** Text in NFC, without control characters, and not only blanks when `min` is more than 0. */
export const Text = (min: number, max: number, api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, minLength: min, maxLength: max, ...api }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && value.isWellFormed() ? value.normalize('NFC') : value,
    ),
    IsString(),
    Length(min, max),
    rule('isPlainText', 'must be text without control characters', isPlain),
    rule('isNotBlank', 'must not be blank', value => min === 0 || (typeof value === 'string' && value.trim() !== '')),
  );

export const Id = (api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, format: 'uuid', ...api } as ApiPropertyOptions),
    rule('isId', 'must be a lower-case UUID', isUuid),
  );

/** One @, no blanks or control characters, a domain with a dot; at most 254 characters (RFC 5321, 4.5.3.1). */
export const Email = (api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, format: 'email', maxLength: 254, ...api } as ApiPropertyOptions),
    IsString(),
    Length(3, 254),
    Matches(
      /^[^\s@"<>(),:;\\[\]\u0000-\u001f\u007f]{1,64}@[^\s@"<>(),:;\\[\]\u0000-\u001f\u007f]{1,189}\.[^\s@.]{2,63}$/u,
      { message: 'must be an e-mail address' },
    ),
    rule('isPlainText', 'must be text without control characters', isPlain),
  );

export const WholeNumber = (min: number, max: number, api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'integer', minimum: min, maximum: max, ...api } as ApiPropertyOptions),
    IsInt(),
    Min(min),
    Max(max),
  );

export const OneOf = (values: readonly string[], api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, enum: [...values], ...api } as ApiPropertyOptions),
    rule('isOneOf', `must be one of ${values.join(', ')}`, value => values.includes(value as string)),
  );

/** May be left out; null is not leaving out. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

export const Nested = (type: () => new () => object, api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type, ...api } as ApiPropertyOptions),
    ValidateNested({ message: 'must be an object' }),
    Type(type),
    rule(
      'isObject',
      'must be an object',
      value => typeof value === 'object' && value !== null && !Array.isArray(value),
    ),
  );

export class MoneyField {
  @WholeNumber(0, MAX_AMOUNT, { description: 'Minor units (cents)', example: 1250 }) amount: number;
  @ApiProperty({ type: String, pattern: '^[A-Z]{3}$', description: 'ISO 4217', example: 'EUR' })
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'must be an ISO 4217 code' })
  currency: string;
}

export const MoneyRule = (api: ApiPropertyOptions = {}): PropertyDecorator => Nested(() => MoneyField, api);

/** A query field that is a whole number in decimal digits; the field's initial value, `fallback`, stays where it is left out. */
export const QueryNumber = (min: number, max: number, fallback: number, description: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      type: 'integer',
      minimum: min,
      maximum: max,
      default: fallback,
      required: false,
      description,
    } as ApiPropertyOptions),
    Transform(
      ({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN),
      { toClassOnly: true },
    ),
    IsOptional(),
    IsInt(),
    Min(min),
    Max(max),
  );
