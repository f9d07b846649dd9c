/** Why a command of a user can be refused. */
export type UserRejection =
  | { readonly code: 'unknown-user' }
  | { readonly code: 'account-closed' }
  | { readonly code: 'already-signed-up' }
  | { readonly code: 'own-role' };
