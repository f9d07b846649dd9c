/** Tells whether a generation was made by the code that runs now. */
import { createHash } from 'node:crypto';
import type { Projection } from '../projection';

/** What a bundler or compiler puts around an imported name, and layout: the same source must give the same text in every bundle. */
const plain = (code: string): string =>
  code
    .replace(/\(0, ?(?:[\w$]+\.)+([\w$]+)\)/g, '$1')
    .replace(/[\w$]*__WEBPACK_IMPORTED_MODULE_\d+__[\w$]*\./g, '')
    .replace(/\s+/g, '');

/**
 * Hash of the revision, the tables, the partition, what is ignored and the text of the projection's own functions. Functions that those call
 * are not seen: raise `revision` when one of them changes its meaning.
 */
export function fingerprint(projection: Projection): string {
  const { name, logs, revision, tables, ignores = [], partition, keyOf, touches, project } = projection;
  const code = [keyOf, touches, project].map(part => plain(part.toString()));
  return createHash('sha256')
    .update(JSON.stringify([name, logs, revision, tables, code, ignores, ...(partition ? [partition] : [])]))
    .digest('hex')
    .slice(0, 32);
}
