/** Lets a request through to its route, or not: every service checks for itself, wherever the request came from. */
import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { retryLater } from '../problems/limited';
import { problem } from '../problems/problem';
import { ACCESS, type Access } from './access';
import type { AccessTokens } from './access-tokens';
import { KeysUnavailableError } from './key-ring';
import type { Principal } from './principal';

/** The holder of a token as this service knows it to be by now: undefined for one who may no longer come in. */
export type Recheck = (principal: Principal) => Principal | undefined | Promise<Principal | undefined>;

const unauthenticated = (error?: string) =>
  problem('unauthenticated', {
    headers: { 'www-authenticate': `Bearer realm="foldline"${error ? `, error="${error}"` : ''}` },
  });

const BEARER = /^Bearer ([A-Za-z0-9_.-]+)$/i;

/** Nothing is put off to a later turn that is known now: nearly every request brings a token that was checked before. */
const then = <A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> =>
  value instanceof Promise ? value.then(next) : next(value);

export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly recheck: Recheck = principal => principal,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return then(this.authenticate(request.headers.authorization), principal => {
      request.principal = principal;
      this.authorize(access, principal, request.params as Record<string, string>);
      return true;
    });
  }

  private authenticate(header: string | undefined): Principal | Promise<Principal> {
    if (!header) throw unauthenticated();
    const token = BEARER.exec(header)?.[1];
    const told = token ? this.check(token) : undefined;
    const known = then(told, principal => principal && this.recheck(principal));
    return then(known, principal => {
      if (!principal) throw unauthenticated('invalid_token');
      return principal;
    });
  }

  private check(token: string): Principal | undefined | Promise<Principal | undefined> {
    const told = this.tokens.check(token);
    if (!(told instanceof Promise)) return told;
    return told.catch((error: unknown) => {
      throw error instanceof KeysUnavailableError ? retryLater('service-unavailable', 1, error.message) : error;
    });
  }

  private authorize(access: Access | undefined, { role, userId }: Principal, params: Record<string, string>): void {
    if (access && (role === 'admin' || access.kind === 'signed-in')) return;
    if (access?.kind === 'self-or-admin' && params[access.param] === userId) return;
    throw problem('forbidden');
  }
}
