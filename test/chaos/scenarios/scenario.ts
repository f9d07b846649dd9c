/** A fault that no shop goes on from by itself: played on a shop of its own, judged by itself. */
import type { Judgement } from '../checks/evidence';

export interface Scenario {
  /** Row of the fault matrix. */
  readonly row: number;
  readonly name: string;
  /** `dist`: built programs. `out`: folder for what clients were told. */
  play(where: {
    readonly dist: string;
    readonly out: string;
    readonly say: (line: string) => void;
  }): Promise<Judgement>;
}
