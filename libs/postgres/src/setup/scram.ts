/** SCRAM-SHA-256 verifiers (RFC 5803 form, as PostgreSQL stores them), so that no password is ever sent in a statement's text. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

const ITERATIONS = 4096;

export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = ITERATIONS): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** True when the stored verifier was made from this password. */
export function verifies(verifier: string | null, password: string): boolean {
  const [, iterations, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier ?? '') ?? [];
  if (!verifier || !iterations || !salt) return false;
  const made = Buffer.from(scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations)));
  return made.length === Buffer.byteLength(verifier) && timingSafeEqual(made, Buffer.from(verifier));
}
