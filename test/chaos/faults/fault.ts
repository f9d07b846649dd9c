/** A fault as the suite knows it: what it does, and the proof that it happened. */
import type { WireTap } from '../checks/wire-tap';
import type { Crowd } from '../load/crowd';
import type { History } from '../load/history';
import type { Random } from '../load/random';
import type { ShopModel } from '../model/shop-model';
import type { ChaosStack, ReadStoreName } from '../stack/chaos-stack';

export interface FaultScene {
  readonly stack: ChaosStack;
  readonly history: History;
  readonly crowd: Crowd;
  readonly random: Random;
  readonly tap: WireTap;
  /** Streams that faults wrote themselves: no command's, and no rule of the shop holds for them. Named before they are written. */
  readonly strange: Set<string>;
}

/** What a fault tells of itself. */
export interface Effect {
  /** How often it touched something; 0 means that it did not happen. */
  readonly count: number;
  readonly note: string;
  /** The broker was down or standing still meanwhile. */
  readonly brokerDown?: boolean;
  /** What it saw of generations of a read model while they were built and switched. */
  readonly replay?: { readonly looked: number; readonly violations: readonly string[] };
  /** What it demands of the logs in the end, as violations. */
  expects?(model: ShopModel): readonly string[];
}

export interface Fault {
  /** Row of the fault matrix. */
  readonly row: number;
  readonly name: string;
  /** The only store of read models that it is about; absent: any. */
  readonly readStore?: ReadStoreName;
  /** Rows that cannot be done after it: what it wrote into a log stays there. */
  readonly rulesOut?: readonly number[];
  /** Does it and undoes it; what is still broken afterwards is healed by the caller. */
  inject(scene: FaultScene): Promise<Effect>;
}

export interface Fired extends Effect {
  readonly row: number;
  readonly name: string;
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly until: number;
  /** Commands acknowledged, refused and left open by calls that began meanwhile. */
  readonly ok: number;
  readonly fail: number;
  readonly unknown: number;
}
