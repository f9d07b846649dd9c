/** Long work of a tool gives way to whoever serves: the processor is theirs whenever they want it. */
import { constants, setPriority } from 'node:os';

export function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where a sandbox forbids it, the work only competes more.
  }
}
