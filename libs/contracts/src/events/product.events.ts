/** What happened to products and their stock. A product's currency never changes. */
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, ValidateNested } from 'class-validator';
import type { OrderId, ProductId } from '../ids';
import { IsAmount, IsAvailable, IsCurrency, IsId, IsOneOf, IsOptionalText, IsQuantity, IsText } from '../rules';
import { defineEvents, type EventOf } from './define';

export const REFUSAL_CODES = ['out-of-stock', 'product-withdrawn', 'unknown-product'] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export class ProductDetails {
  @IsId() productId: ProductId;
  @IsText(1, 200) title: string;
  @IsOptionalText(5000) description: string;
  @IsText(1, 2000) image: string;
  @IsText(1, 100) category: string;
}

export class ProductListedV1 extends ProductDetails {
  @IsAmount() price: number;
  @IsCurrency() currency: string;
}

export class ProductDetailsChangedV1 extends ProductDetails {}

export class ProductRepricedV1 {
  @IsId() productId: ProductId;
  @IsAmount() price: number;
}

export class StockReceivedV1 {
  @IsId() productId: ProductId;
  @IsQuantity() quantity: number;
}

export class ProductWithdrawnV1 {
  @IsId() productId: ProductId;
}

export class StockReservedV1 {
  @IsId() productId: ProductId;
  @IsId() orderId: OrderId;
  @IsQuantity() quantity: number;
}

export class StockReleasedV1 {
  @IsId() productId: ProductId;
  @IsId() orderId: OrderId;
  @IsQuantity() quantity: number;
}

export class ShortItem {
  @IsId() productId: ProductId;
  @IsQuantity() requested: number;
  @IsAvailable() available: number;
}

export class StockRefusedV1 {
  @IsId() orderId: OrderId;
  @IsOneOf(REFUSAL_CODES) code: RefusalCode;
  @IsArray() @ArrayMaxSize(50) @ValidateNested({ each: true }) @Type(() => ShortItem) items: ShortItem[];
}

export const productEvents = defineEvents('products', {
  ProductListed: [ProductListedV1],
  ProductDetailsChanged: [ProductDetailsChangedV1],
  ProductRepriced: [ProductRepricedV1],
  StockReceived: [StockReceivedV1],
  ProductWithdrawn: [ProductWithdrawnV1],
  StockReserved: [StockReservedV1],
  StockReleased: [StockReleasedV1],
  StockRefused: [StockRefusedV1],
});
export type ProductEvent = EventOf<typeof productEvents.types>;
