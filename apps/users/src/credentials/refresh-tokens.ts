/** Refresh tokens: 256 random bits, known to their holder only; what is kept is a hash. */
import { createHash, randomBytes } from 'node:crypto';

export const REFRESH_TOKEN = /^[A-Za-z0-9_-]{43}$/;

export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** A plain hash will do: there is nothing to guess in 256 random bits. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();
