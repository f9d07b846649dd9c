/** What there is to do, with everything it needs: loaded when there is work, since help must not wait for it. */
export { Session } from '../session';
export { targetsOf } from '../targets';
export { asOf } from './as-of';
export { logRestored } from './log-restored';
export { parked, redrive } from './parked';
export { rebuild } from './rebuild';
export { plan, status } from './status';
export { drop, rollback, switchVerb } from './switch';
export { verify } from './verify';
