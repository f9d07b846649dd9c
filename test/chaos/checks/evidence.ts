/** Everything a run leaves to be judged, and the form of a judgement. */
import type { History } from '../load/history';
import type { Logs } from '../model/log-events';
import type { ShopModel } from '../model/shop-model';
import type { StoredModel } from '../model/stored-rows';
import type { Fired } from '../faults/fault';
import type { ChaosStack } from '../stack/chaos-stack';
import type { Sampled } from './sampler';
import type { Tapped } from './wire-tap';

export interface Evidence {
  readonly stack: ChaosStack;
  readonly history: Pick<History, 'calls'>;
  readonly logs: Logs;
  readonly model: ShopModel;
  /** The read models after everything came to rest. */
  readonly stored: readonly StoredModel[];
  /** Those and what may serve beside them. */
  readonly generations: readonly StoredModel[];
  readonly sampled: Sampled;
  readonly tapped: Tapped;
  readonly fired: readonly Fired[];
  /** Streams that faults wrote. */
  readonly strange: ReadonlySet<string>;
  /** From the last heal until every checkpoint stood at its head; undefined if that did not happen. */
  readonly recoveredMs: number | undefined;
  /** What is still behind then. */
  readonly behind: readonly string[];
  /** Nothing moves any more; else only what holds at every moment can be judged. */
  readonly atRest: boolean;
}

export interface Judgement {
  /** Such as I1. */
  readonly id: string;
  readonly title: string;
  /** How many things were looked at; none proves nothing. */
  readonly looked: number;
  readonly violations: readonly string[];
}

export type Check = (evidence: Evidence) => readonly Judgement[];
