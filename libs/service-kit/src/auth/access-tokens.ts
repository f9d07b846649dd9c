/** Checks access tokens (RFC 9068 profile, EdDSA only, RFC 8725); a token seen before costs no signature check. */
import { isUuid, ROLES, type Role, type UserId } from '@foldline/contracts';
import { jwtVerify, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { KeysUnavailableError, type KeyRing } from './key-ring';
import type { Principal } from './principal';

export const TOKEN_TYPE = 'at+jwt';
export const TOKEN_ALGORITHM = 'EdDSA';
export const AUDIENCE = 'foldline-api';
/** Seconds an access token lives. */
export const TOKEN_LIFETIME = 900;
const LONGEST_LIFETIME = 3600;
const CLOCK_TOLERANCE = 5;

interface Seen {
  readonly principal: Principal;
  readonly kid: string;
  readonly expiresAt: number;
}

/** Signs a token for a user; `key` is the private JWK with its `kid`. */
export function signAccessToken(
  key: { readonly privateKey: CryptoKey; readonly kid: string },
  issuer: string,
  { userId, role, sessionId }: Principal,
  id: string,
): Promise<string> {
  return new SignJWT({ role, ...(sessionId && { sid: sessionId }) })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: key.kid, typ: TOKEN_TYPE })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_LIFETIME}s`)
    .setJti(id)
    .sign(key.privateKey);
}

function principalOf(payload: JWTPayload): Principal | undefined {
  const { sub, role, iat, exp, sid } = payload;
  if (sid !== undefined && !isUuid(sid)) return undefined;
  if (!isUuid(sub) || !ROLES.includes(role as Role)) return undefined;
  const now = Date.now() / 1000;
  // A token that lives longer than ours do was not meant as one of ours, whoever signed it.
  if (exp! - iat! > LONGEST_LIFETIME || iat! > now + CLOCK_TOLERANCE) return undefined;
  return { userId: sub as UserId, role: role as Role, ...(sid !== undefined && { sessionId: sid }) };
}

export class AccessTokens {
  private readonly seen = new LRUCache<string, Seen>({ max: 20_000 });

  constructor(
    private readonly keys: KeyRing,
    private readonly issuer: string,
  ) {}

  /**
   * The token's holder, or undefined for any token that is not ours, not yet or no longer valid.
   * Rejects with KeysUnavailableError while this cannot be known. At once for a token that was checked before.
   */
  check(token: string): Principal | undefined | Promise<Principal | undefined> {
    const known = this.seen.get(token);
    if (known) {
      if (known.expiresAt > Date.now() / 1000 && this.keys.has(known.kid)) return known.principal;
      this.seen.delete(token);
    }
    return token.length > 4096 ? undefined : this.verify(token);
  }

  private async verify(token: string): Promise<Principal | undefined> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => this.keys.find(kid), {
        algorithms: [TOKEN_ALGORITHM],
        typ: TOKEN_TYPE,
        issuer: this.issuer,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'role', 'iat', 'exp', 'jti'],
        clockTolerance: CLOCK_TOLERANCE,
      });
      const principal = principalOf(payload);
      if (principal) this.seen.set(token, { principal, kid: protectedHeader.kid!, expiresAt: payload.exp! });
      return principal;
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      return undefined;
    }
  }
}

export type PublicKeySet = { readonly keys: readonly JWK[] };
