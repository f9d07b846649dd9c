/** How a service's process uses its memory: what a start leaves in it is given back, and what lives short stays young. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's own value: the young generation doubles when much of it survives. */
const GROWTH_UNDER_LOAD = 2;
/** V8 shrinks the young generation only when little was allocated in the 5 s before a collection. */
const QUIET_MS = 6_000;

/**
 * To be called before anything else runs. V8 allocates in the old generation what once came to live long where it is made: after
 * the bulk work of a projection that is what every answer is made of, and clearing it away there took a fifth of a read's time.
 */
export function startBegins(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

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
