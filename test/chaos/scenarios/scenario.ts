/** A fault that no shop goes on from by itself: played on a shop of its own, judged by itself. */
import type { Judgement } from '../checks/evidence';
import type { ReadStoreName } from '../stack/chaos-stack';

export interface Scenario {
  /** Row of the fault matrix. */
  readonly row: number;
  readonly name: string;
  /** `dist`: built programs. `out`: folder for what clients were told. */
  play(where: {
    readonly dist: string;
    readonly out: string;
    readonly readStore: ReadStoreName;
    readonly say: (line: string) => void;
  }): Promise<Judgement>;
}
