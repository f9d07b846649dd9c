/** The rules of request fields, each with what the API documentation shows of it. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Expose, Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsInt,
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

/** U+0000 and lone surrogates cannot be stored as jsonb; bidirectional overrides make text lie about itself. */
const UNPLAIN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
/** More marks on one letter than any language writes: they would run over the lines around them. */
const HEAPED_MARKS = /\p{M}{9}/u;
const VISIBLE = /[^\p{Z}\p{C}\s]/u;

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' && !UNPLAIN.test(value) && !HEAPED_MARKS.test(value) && value.isWellFormed();

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
    rule('isNotBlank', 'must not be blank', value => min === 0 || (typeof value === 'string' && VISIBLE.test(value))),
  );

export const Id = (api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, format: 'uuid', ...api } as ApiPropertyOptions),
    rule('isId', 'must be a lower-case UUID', isUuid),
  );

const EMAIL =
  /^[^\s@"<>(),:;\\[\]\u0000-\u001f\u007f]{1,64}@[^\s@"<>(),:;\\[\]\u0000-\u001f\u007f]{1,189}\.[^\s@.]{2,63}$/u;

/** One @ with an unquoted name before it, no blanks or control characters, a domain with a dot; at most 254 characters (RFC 5321, 4.5.3.1). */
export const Email = (api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, format: 'email', maxLength: 254, ...api } as ApiPropertyOptions),
    IsString(),
    Length(3, 254),
    Matches(EMAIL, { message: 'must be an e-mail address' }),
    rule('isPlainText', 'must be text without control characters', isPlain),
  );

export const isEmail = (value: string): boolean => value.length <= 254 && EMAIL.test(value) && isPlain(value);

export const WholeNumber = (min: number, max: number, api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'integer', minimum: min, maximum: max, ...api } as ApiPropertyOptions),
    IsInt(),
    Min(min),
    Max(max),
    rule('isNotNegativeZero', 'must be a whole number', value => !Object.is(value, -0)),
  );

export const OneOf = (values: readonly string[], api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, enum: [...values], ...api } as ApiPropertyOptions),
    rule('isOneOf', `must be one of ${values.join(', ')}`, value => values.includes(value as string)),
  );

/** May be left out; null is not leaving out. */
export const Optional = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ required: false }),
    ValidateIf((_, value) => value !== undefined),
  );

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One object of a class. The documentation takes a function for a class to come only if it is called `type`. */
export const Nested = (type: () => new () => object, api: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: () => type(), ...api } as ApiPropertyOptions),
    ValidateNested({ message: 'must be an object' }),
    Type(type),
    rule('isObject', 'must be an object', isObject),
  );

/** A list of `min` to `max` objects, each of them checked. */
export const NestedList = (
  type: () => new () => object,
  min: number,
  max: number,
  api: ApiPropertyOptions = {},
): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: () => type(), isArray: true, minItems: min, maxItems: max, ...api } as ApiPropertyOptions),
    ValidateNested({ each: true, message: 'must be objects' }),
    Type(type),
    ArrayMinSize(min),
    ArrayMaxSize(max),
    rule('isList', 'must be a list of objects', value => Array.isArray(value) && value.every(isObject)),
  );

export class MoneyField {
  @WholeNumber(0, MAX_AMOUNT, { description: 'Minor units (cents)', example: 1250 }) amount: number;
  @ApiProperty({ type: String, pattern: '^[A-Z]{3}$', description: 'ISO 4217', example: 'EUR' })
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'must be an ISO 4217 code' })
  currency: string;
}

export const MoneyRule = (api: ApiPropertyOptions = {}): PropertyDecorator => Nested(() => MoneyField, api);

/** A query field that is a whole number in decimal digits; `fallback` where it is left out. */
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
    // Without it nobody looks at a field that was left out.
    Expose(),
    Transform(
      ({ value }: { value: unknown }) =>
        value === undefined ? fallback : typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN,
      { toClassOnly: true },
    ),
    IsInt(),
    Min(min),
    Max(max),
  );
