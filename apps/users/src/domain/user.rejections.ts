/** Why a command of a user can be refused. */
export type UserRejection =
  | { readonly code: 'unknown-user' }
  | { readonly code: 'user-closed' }
  | { readonly code: 'already-signed-up' }
  | { readonly code: 'own-role' };
