/** A deliberate defect, and where it must show. */
import type { Fault } from '../faults/fault';
import type { Mix } from '../load/shopper';
import type { Scenario } from '../scenarios/scenario';
import type { ReadStoreName } from '../stack/chaos-stack';

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
  /** The only store of read models that the defect is in; absent: any. */
  readonly readStore?: ReadStoreName;
  /** What brings it to light; absent: it shows by itself. */
  readonly fault?: Fault;
  /** What brings it to light on a shop of its own. */
  readonly scenario?: Scenario;
  /** Invariants of which at least one must fail. */
  readonly caughtBy: readonly string[];
  /** How long clients act at most; default 6, enough for what is seen at rest. What is seen sooner ends it. */
  readonly seconds?: number;
  /** What shoppers do more often than usual, so that it shows soon. */
  readonly mix?: Partial<Mix>;
  /** Units of a product that come at once, at most. */
  readonly stock?: number;
}
