/** Ids that the compiler keeps apart, the streams they name, and the one check that lets text become an id. */

type Branded<Name extends string> = string & { readonly __brand: Name };

export type UserId = Branded<'UserId'>;
export type ProductId = Branded<'ProductId'>;
export type OrderId = Branded<'OrderId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for a lower-case RFC 9562 UUID of versions 1 to 8; the nil and max UUIDs, braces and upper case are refused. */
export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

/** The stream that holds an aggregate's events; `subject` of its CloudEvents. */
export const streamOf = {
  user: (id: UserId): string => `user-${id}`,
  product: (id: ProductId): string => `product-${id}`,
  order: (id: OrderId): string => `order-${id}`,
  /** Where the products service says that an order could not be reserved: a fact about the order, not about one product. */
  reservation: (id: OrderId): string => `reservation-${id}`,
};
