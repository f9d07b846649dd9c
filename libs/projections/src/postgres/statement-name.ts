/** Names for prepared statements made at run time: one name, one text, on every session. */
import { createHash } from 'node:crypto';

const known = new Map<string, string>();

export function statementName(text: string): string {
  let name = known.get(text);
  if (!name) known.set(text, (name = `p_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`));
  return name;
}
