/** Files searched for what must not be in them as plain text (I19). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All files below a folder; what goes away meanwhile is left out. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, path, name }) => join(parentPath ?? path, name));
  } catch {
    return [];
  }
}

export interface Found {
  readonly file: string;
  /** What it is, not the text itself: a report is no place for it either. */
  readonly what: string;
}

/** `texts`: what must not be there, by what it is. Gives the number of files that could be read, and what was found. */
export function searched(
  files: readonly string[],
  texts: readonly (readonly [what: string, text: string])[],
): { readonly looked: number; readonly found: readonly Found[] } {
  const needles = texts.map(([what, text]) => ({ what, bytes: Buffer.from(text) }));
  const found: Found[] = [];
  let looked = 0;
  for (const file of files) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      // Gone meanwhile.
      continue;
    }
    looked += 1;
    for (const needle of needles) if (bytes.includes(needle.bytes)) found.push({ file, what: needle.what });
  }
  return { looked, found };
}
