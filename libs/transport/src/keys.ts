/** The users service's public keys over NATS. */
import type { NatsLink } from './nats-link';

export const JWKS_SUBJECT = 'jwks.get';

/** The key set as users answers it: `{keys: [JWK]}`. */
export async function requestKeys<Key>(link: NatsLink, timeoutMs = 2000): Promise<readonly Key[]> {
  const connection = link.now;
  if (!connection) throw new Error('the broker was not reached yet');
  const reply = await connection.request(JWKS_SUBJECT, '{}', { timeout: timeoutMs });
  const { keys } = JSON.parse(Buffer.from(reply.data).toString('utf8')) as { keys?: Key[] };
  return keys ?? [];
}
