/** Statements made at run time of parts: what their parts have in common is one text, prepared once per session. */
import { createHash } from 'node:crypto';
import type { Statement } from '@foldline/postgres';
import type { Projection } from '../projection';

/** A piece of a statement: its text depends on nothing but `shape`, what differs from one time to the next is in `values`. */
export interface Part {
  readonly shape: string;
  readonly values: readonly unknown[];
  /** `marks` stand for the values, in their order: `$4`, `$5`. */
  text(marks: readonly string[]): string;
}

interface Made {
  readonly name: string;
  readonly text: string;
}

/** Known by what they are made of, since making a text costs more than what it asks for when batches are small. */
const known = new WeakMap<Projection, Map<string, Made>>();

/** Marks count through all parts. The statement's name begins with `verb`, which says all that the parts' shapes do not. */
export function statementOf(
  verb: string,
  projection: Projection,
  generation: number,
  parts: readonly Part[],
  join: (texts: readonly string[]) => string,
): Statement {
  let ofProjection = known.get(projection);
  if (!ofProjection) known.set(projection, (ofProjection = new Map()));
  const key = `${verb} ${generation} ${parts.map(({ shape }) => shape).join(' ')}`;
  let made = ofProjection.get(key);
  if (!made) ofProjection.set(key, (made = make(verb, parts, join)));
  return { ...made, values: parts.flatMap(({ values }) => values) };
}

function make(verb: string, parts: readonly Part[], join: (texts: readonly string[]) => string): Made {
  let used = 0;
  const text = join(parts.map(part => part.text(part.values.map(() => `$${(used += 1)}`))));
  // One name, one text, on every session, whichever projection asks.
  return { name: `${verb}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}
