/** What a product is: of bounded size however often it is ordered, since orders are counted and not listed. */
import type { ProductId } from '@foldline/contracts';

export interface Product {
  readonly status: 'listed' | 'withdrawn';
  readonly productId: ProductId;
  readonly title: string;
  readonly description: string;
  readonly image: string;
  readonly category: string;
  /** Minor units. */
  readonly price: number;
  readonly currency: string;
  /** Units that can still be sold; never below zero. */
  readonly available: number;
  /** Units reserved or sold: received = available + reserved. */
  readonly reserved: number;
}

export type ProductState = { readonly status: 'none' } | Product;

export const initial: ProductState = { status: 'none' };
