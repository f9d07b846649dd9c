/** A deliberate defect, and where it must show. */
import type { Fault } from '../faults/fault';
import type { Mix } from '../load/shopper';

export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** What is wrong in it. */
  readonly defect: string;
  /** A `.sql` file is one function of a log, put in the place of the whole one in the databases. */
  readonly edits: readonly Edit[];
  /** What is built from the copy: every program that the defect has to be in to show. */
  readonly builds: readonly string[];
  /** Rows of the fault matrix that bring it to light; none: it shows by itself. */
  readonly rows: string;
  /** Of those rows, the one case in which it must show; else whatever chance chooses. */
  readonly faults?: readonly Fault[];
  /** Invariants of which at least one must fail. */
  readonly caughtBy: readonly string[];
  /** How long clients act; default 6. */
  readonly seconds?: number;
  /** What shoppers do more often than usual, so that it shows soon. */
  readonly mix?: Partial<Mix>;
}
