/** What a start leaves in memory is given back once the process serves. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's own value: the young generation doubles when much of it survives. */
const GROWTH_UNDER_LOAD = 2;
/** V8 shrinks the young generation only when little was allocated in the 5 s before a collection. */
const QUIET_MS = 6_000;

/**
 * To be called when the process listens. `npm start` keeps the young generation from growing until then: what loading modules
 * throws away would else leave 32 MB of young generation behind. Under load it may grow as ever.
 */
export function startIsOver(): void {
  setFlagsFromString(`--semi-space-growth-factor=${GROWTH_UNDER_LOAD}`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
  setTimeout(collect, QUIET_MS).unref();
}
