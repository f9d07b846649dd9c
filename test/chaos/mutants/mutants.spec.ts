/** Mutants are changes to today's sources: one that no longer applies proves nothing any more. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OLD } from '../scenarios/skewed';
import { MUTANTS } from './mutants';
import { edited } from './mutated-sources';

const root = resolve(__dirname, '../../..');

const all = [...MUTANTS.map(mutant => [mutant.name, mutant] as const), ['the code of a version ago', OLD] as const];

it.each(all)('%s applies to the sources', (_, { edits }) => {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const before = texts.get(edit.file) ?? readFileSync(resolve(root, edit.file), 'utf8');
    const after = edited(before, edit);
    expect(after).not.toBe(before);
    texts.set(edit.file, after);
  }
});
