/** Says on each route who may call it. A route that says nothing is refused at start. */
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal';

export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'admin' }
  | { readonly kind: 'self-or-admin'; readonly param: string };

export const ACCESS = 'foldline:access';

export const Public = () => SetMetadata<string, Access>(ACCESS, { kind: 'public' });
export const SignedIn = () => SetMetadata<string, Access>(ACCESS, { kind: 'signed-in' });
export const AdminOnly = () => SetMetadata<string, Access>(ACCESS, { kind: 'admin' });
/** The user whose id is in the path, or an admin; anyone else gets 403 whether or not that user exists. */
export const SelfOrAdmin = (param = 'id') => SetMetadata<string, Access>(ACCESS, { kind: 'self-or-admin', param });

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** The caller; only on routes that need sign-in. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => context.switchToHttp().getRequest<FastifyRequest>().principal!,
);
