/** Why a command of a product can be refused. */
export type ProductRejection =
  | { readonly code: 'unknown-product' }
  | { readonly code: 'product-withdrawn' }
  | { readonly code: 'already-listed' }
  | { readonly code: 'currency-fixed'; readonly currency: string }
  | { readonly code: 'too-much-stock' }
  | { readonly code: 'out-of-stock'; readonly requested: number; readonly available: number };
