/** Deliberate defects, as changes to a copy of the sources. A mutant that lives is a hole in the checker. */
import { logMutants } from './log-mutants';
import type { Mutant } from './mutant';
import { mongoMutants } from './mongo-mutants';
import { projectionMutants } from './projection-mutants';
import { replayMutants } from './replay-mutants';
import { shopMutants } from './shop-mutants';

export const MUTANTS: readonly Mutant[] = [
  ...projectionMutants,
  ...logMutants,
  ...shopMutants,
  ...replayMutants,
  ...mongoMutants,
];
