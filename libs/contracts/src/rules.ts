/** The class-validator rules that event data share, named after what they mean in the shop. */
import { applyDecorators } from './compose';
import { IsIn, IsInt, IsString, Length, Matches, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { MAX_AMOUNT } from './money';
import { isTime } from './time';

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const IsId = () => applyDecorators(IsString(), Matches(UUID_TEXT));
export const IsAmount = () => applyDecorators(IsInt(), Min(0), Max(MAX_AMOUNT));
export const IsCurrency = () => applyDecorators(IsString(), Matches(/^[A-Z]{3}$/));
export const IsQuantity = () => applyDecorators(IsInt(), Min(1), Max(1_000_000_000));
export const IsAvailable = () => applyDecorators(IsInt(), Min(0));
export const IsText = (min: number, max: number) => applyDecorators(IsString(), Length(min, max));
export const IsOptionalText = (max: number) => applyDecorators(IsString(), MaxLength(max));
export const IsTime = () =>
  applyDecorators(IsString(), ValidateBy({ name: 'isTime', validator: { validate: isTime } }));
export const IsOneOf = (values: readonly string[]) => applyDecorators(IsString(), IsIn([...values]));
