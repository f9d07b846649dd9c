/** Why a command of an order can be refused. */
import type { ProductId } from '@foldline/contracts';

export type OrderRejection =
  | { readonly code: 'order-exists' }
  | { readonly code: 'unknown-buyer' }
  | { readonly code: 'account-closed' }
  | { readonly code: 'product-not-known'; readonly productIds: readonly ProductId[] }
  | { readonly code: 'product-withdrawn'; readonly productIds: readonly ProductId[] }
  | { readonly code: 'mixed-currencies'; readonly currencies: readonly string[] }
  | { readonly code: 'total-too-large' }
  | { readonly code: 'price-changed'; readonly total: { readonly amount: number; readonly currency: string } }
  | { readonly code: 'unknown-order' }
  | { readonly code: 'order-not-decided' }
  | { readonly code: 'order-rejected' };
