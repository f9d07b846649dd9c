/** Event ids derive from the command id, so that a repeated command can never write a second copy. */
import { hash as hashOnce } from 'node:crypto';

/**
 * UUIDv8 (RFC 9562, 5.8): the command id's first 48 bits, then SHA-1 of command id and index. A time-ordered command id
 * (UUIDv7) so gives event ids that lie side by side in the index.
 */
export function eventIdOf(commandId: string, index: number): string {
  const hash = hashOnce('sha1', `${commandId}:${index}`, 'hex');
  const variant = ((parseInt(hash.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${commandId.slice(0, 13)}-8${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}
