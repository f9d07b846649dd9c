/** What may be asked about orders, and its rules. */
import { ArrayUnique } from 'class-validator';
import { Id, MoneyField, MoneyRule, NestedList, Optional, WholeNumber } from '@foldline/service-kit';

export class OrderItemBody {
  @Id({ example: '0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b' }) productId: string;
  @WholeNumber(1, 1000, { example: 2 }) quantity: number;
}

export class PlaceOrderBody {
  @NestedList(() => OrderItemBody, 1, 50, { description: 'Each product once' })
  @ArrayUnique((item: OrderItemBody) => item?.productId, { message: 'must name each product once' })
  items: OrderItemBody[];

  @Optional()
  @MoneyRule({ required: false, description: 'What the buyer saw; another total is refused' })
  expectedTotal?: MoneyField;
}
