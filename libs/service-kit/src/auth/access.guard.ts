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

export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly recheck: Recheck = principal => principal,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.authenticate(request.headers.authorization);
    request.principal = principal;
    this.authorize(access, principal, request.params as Record<string, string>);
    return true;
  }

  private async authenticate(header: string | undefined): Promise<Principal> {
    if (!header) throw unauthenticated();
    const token = /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(header)?.[1];
    const told = token ? await this.check(token) : undefined;
    const principal = told && (await this.recheck(told));
    if (!principal) throw unauthenticated('invalid_token');
    return principal;
  }

  private check(token: string): Promise<Principal | undefined> {
    return this.tokens.check(token).catch((error: unknown) => {
      throw error instanceof KeysUnavailableError ? retryLater('service-unavailable', 1, error.message) : error;
    });
  }

  private authorize(access: Access | undefined, { role, userId }: Principal, params: Record<string, string>): void {
    if (access && (role === 'admin' || access.kind === 'signed-in')) return;
    if (access?.kind === 'self-or-admin' && params[access.param] === userId) return;
    throw problem('forbidden');
  }
}
