/** A fault that no shop goes on from by itself: played on a shop of its own, judged by itself. */
import type { Judgement } from '../checks/evidence';
import type { ReadStoreName, StackSettings } from '../stack/chaos-stack';

export interface Stage extends Pick<StackSettings, 'dist' | 'say'> {
  /** Folder for what clients were told. */
  readonly out: string;
  readonly readStore: ReadStoreName;
  /** How long rest is waited for at most. */
  readonly restMs: number;
  readonly databases?: Pick<StackSettings, 'prepared' | 'alter'>;
}

export interface Scenario {
  /** Row of the fault matrix. */
  readonly row: number;
  readonly name: string;
  play(where: Stage): Promise<Judgement>;
}
