/** The answers as the API documentation shows them. */
import { ApiProperty } from '@nestjs/swagger';
import { MoneyField } from '@foldline/service-kit';

const ID = '0190a1b2-0000-7000-8000-000000000001';
const TIME = '2026-01-01T10:00:00.000Z';
const Id = () => ApiProperty({ type: String, format: 'uuid', example: ID });
const Time = (nullable = false) => ApiProperty({ type: String, format: 'date-time', example: TIME, nullable });
const Count = (description: string) => ApiProperty({ type: 'integer', example: 1, description });
const Next = () =>
  ApiProperty({ type: String, nullable: true, example: null, description: 'Cursor of the next page; null at the end' });

export class PurchasedProduct {
  @Id() productId: string;
  @ApiProperty({ type: String, nullable: true, example: 'Enamel mug', description: 'Null until the product is known' })
  title: string | null;
  @ApiProperty({ type: String, nullable: true, example: '/images/enamel-mug.svg' }) image: string | null;
  @ApiProperty({ type: MoneyField, nullable: true, description: 'What it costs now' }) price: MoneyField | null;
  @Count('In confirmed, not cancelled orders') quantity: number;
  @ApiProperty({ type: MoneyField, description: 'At the prices of the orders' }) spent: MoneyField;
  @Time() firstPurchasedAt: string;
  @Time() lastPurchasedAt: string;
  @Count('Orders that it is in') orderCount: number;
}

export class PurchasedProducts {
  @ApiProperty({ type: [PurchasedProduct], description: 'Last purchased first' }) items: PurchasedProduct[];
  @ApiProperty({ type: 'integer', example: 0, description: 'Orders of this user that are not decided yet' })
  pending: number;
  @Next() next: string | null;
}

export class OrderedLine {
  @Id() productId: string;
  @Count('Units') quantity: number;
  @ApiProperty({ type: MoneyField }) unitPrice: MoneyField;
}

export class RefusedLine {
  @Id() productId: string;
  @Count('Units asked for') requested: number;
  @ApiProperty({ type: 'integer', example: 0 }) available: number;
}

export class OrderRefusal {
  @ApiProperty({ type: String, example: 'out-of-stock' }) code: string;
  @ApiProperty({ type: [RefusedLine] }) items: RefusedLine[];
}

export class ListedOrder {
  @Id() id: string;
  @ApiProperty({ enum: ['placed', 'confirmed', 'rejected', 'cancelled'], example: 'confirmed' }) status: string;
  @ApiProperty({ type: [OrderedLine] }) items: OrderedLine[];
  @ApiProperty({ type: MoneyField }) total: MoneyField;
  @Time() placedAt: string;
  @Time(true) decidedAt: string | null;
  @Time(true) cancelledAt: string | null;
  @ApiProperty({ type: OrderRefusal, required: false, description: 'Why it was rejected' }) rejection?: OrderRefusal;
}

export class ListedOrders {
  @ApiProperty({ type: [ListedOrder], description: 'Newest first' }) items: ListedOrder[];
  @Next() next: string | null;
}
