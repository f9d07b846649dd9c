/** What may be asked about products, and its rules. */
import { Transform } from 'class-transformer';
import { IsOptional, registerDecorator } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { MoneyField, MoneyRule, OneOf, Optional, QueryNumber, Text, WholeNumber } from '@foldline/service-kit';
import { SORTS, USUAL_LIMIT, type Sort } from '../catalogue/catalogue-reader';

/** Shown by browsers, never fetched by us: http(s) without a password, or a picture of this shop. */
const ImageAddress = (): PropertyDecorator => (target, key) =>
  registerDecorator({
    name: 'isImageAddress',
    target: target.constructor,
    propertyName: String(key),
    options: { message: 'must be an http(s) URL or a path below /images/' },
    validator: {
      validate: value => {
        if (typeof value !== 'string') return false;
        if (/^\/images\/[A-Za-z0-9._-]+$/.test(value)) return true;
        if (!URL.canParse(value)) return false;
        const { protocol, username, password } = new URL(value);
        return /^https?:$/.test(protocol) && !username && !password;
      },
    },
  });

export class ListProductBody {
  @Text(1, 200, { example: 'Brass Lamp' }) title: string;
  @Text(0, 5000, { example: 'Shines warmly.' }) description: string;
  @Text(1, 2000, { example: '/images/desk-lamp.svg' }) @ImageAddress() image: string;
  @Text(1, 100, { example: 'desk' }) category: string;
  @MoneyRule({ example: { amount: 1250, currency: 'EUR' } }) price: MoneyField;
  @Optional() @WholeNumber(0, 1_000_000, { required: false, default: 0, example: 10 }) stock?: number;
}

export class ChangeProductBody {
  @Optional() @Text(1, 200, { required: false, example: 'Brass Lantern' }) title?: string;
  @Optional() @Text(0, 5000, { required: false }) description?: string;
  @Optional() @Text(1, 2000, { required: false }) @ImageAddress() image?: string;
  @Optional() @Text(1, 100, { required: false }) category?: string;
  @Optional() @MoneyRule({ required: false }) price?: MoneyField;
}

export class ReceiveStockBody {
  @WholeNumber(1, 1_000_000, { example: 25 }) quantity: number;
}

/** A word of a query: never empty, so that `?cursor=` is a mistake and not the first page. */
const Word =
  (max: number, description: string): PropertyDecorator =>
  (target, key) => {
    ApiProperty({ type: String, required: false, minLength: 1, maxLength: max, description })(target, key);
    IsOptional()(target, key);
    registerDecorator({
      name: 'isWord',
      target: target.constructor,
      propertyName: String(key),
      options: { message: `must be 1 to ${max} characters` },
      validator: {
        validate: value =>
          typeof value === 'string' &&
          value.length > 0 &&
          value.length <= max &&
          value.isWellFormed() &&
          !value.includes('\0'),
      },
    });
  };

export class ProductsQuery {
  @Word(1000, 'From the last page’s `next`') cursor?: string;
  @QueryNumber(1, 100, USUAL_LIMIT, 'Most products of a page') limit = USUAL_LIMIT;
  @Word(200, 'Words to look for in title and description') q?: string;
  @Word(100, 'Only this category') category?: string;
  @Transform(({ value }: { value: unknown }) => value ?? 'newest')
  @OneOf(SORTS, { required: false, default: 'newest' })
  sort: Sort = 'newest';
}
