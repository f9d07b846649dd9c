/** What replay needs of every store, run against each of them: generations built, switched, looked into, mended and dropped. */
import { rebuildContract } from './rebuild-contract';
import { repairContract } from './repair-contract';
import type { ReplayedStore } from './replay-shop';
import { switchContract } from './switch-contract';
import { verifyContract } from './verify-contract';

export function replayContract(name: string, store: ReplayedStore): void {
  rebuildContract(name, store);
  switchContract(name, store);
  verifyContract(name, store);
  repairContract(name, store);
}
