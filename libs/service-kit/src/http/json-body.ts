/** Reads JSON bodies strictly: UTF-8, one document, bounded nesting, no keys that reach into prototypes. */
import { problem } from '../problems/problem';

const MAX_DEPTH = 32;

/** True for a name that every object has already (`__proto__`, `toString` ...): as a key it would hide or reach what it names. */
export const hasInheritedName = (key: string): boolean => key in Object.prototype || key === 'prototype';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const refuse = (detail: string): never => {
  throw problem('bad-request', { detail });
};

/** Counted before parsing, so that a deep document costs no stack. */
function assertShallow(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) refuse(`The body is nested more than ${MAX_DEPTH} deep.`);
    } else if (c === 0x7d || c === 0x5d) depth -= 1;
  }
}

function assertPlainKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (hasInheritedName(key)) refuse('The body has a key that is not allowed.');
    assertPlainKeys(item);
  }
}

/**
 * The object in the body; undefined for a body of no bytes, which is as good as none. Of a key that stands twice the last one counts, in every service alike (RFC 8259, section 4).
 * Throws `bad-request` problems; the detail never shows what was sent.
 */
export function readJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse('The body is not UTF-8.');
  }
  if (text.trim() === '') refuse('The body is empty; a JSON object is needed.');
  if (text.startsWith('\ufeff')) refuse('The body starts with a byte order mark; JSON has none.');
  assertShallow(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('The body must be a JSON object.');
  assertPlainKeys(value);
  return value;
}
