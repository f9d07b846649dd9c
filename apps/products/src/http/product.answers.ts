/** Products as they are shown. */
import { ApiProperty } from '@nestjs/swagger';
import type { CatalogueRow } from '../catalogue/catalogue.project';
import type { ProductState } from '../domain/product.state';

export class MoneyBody {
  @ApiProperty({ example: 1250, description: 'Minor units (cents)' }) amount: number;
  @ApiProperty({ example: 'EUR' }) currency: string;
}

export class ProductBody {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ example: 'Brass Lamp' }) title: string;
  @ApiProperty() description: string;
  @ApiProperty({ example: '/images/desk-lamp.svg' }) image: string;
  @ApiProperty({ example: 'desk' }) category: string;
  @ApiProperty({ type: MoneyBody }) price: MoneyBody;
  @ApiProperty({ example: 10, description: 'Units that can be bought now' }) available: number;
  @ApiProperty({ enum: ['listed', 'withdrawn'] }) status: string;
}

export class ProductPage {
  @ApiProperty({ type: [ProductBody] }) items: ProductBody[];
  @ApiProperty({ type: String, nullable: true, description: 'Cursor of the next page; null at the end' }) next:
    string | null;
}

export function productBody(state: ProductState): ProductBody | undefined {
  if (state.status === 'none') return undefined;
  const { productId, title, description, image, category, price, currency, available, status } = state;
  return { id: productId, title, description, image, category, price: { amount: price, currency }, available, status };
}

export const listedBody = ({
  id,
  title,
  description,
  image,
  category,
  price,
  currency,
  available,
  status,
}: CatalogueRow): ProductBody => ({
  id,
  title,
  description,
  image,
  category,
  price: { amount: price, currency },
  available,
  status,
});
