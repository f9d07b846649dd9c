/** The rows of the fault matrix that this suite can do, by number. */
import type { Fault } from './fault';

export const FAULTS: readonly Fault[] = [];

/** The rows that every run of a build server does. */
export const CORE = [1, 2, 3, 4, 13, 14, 20, 29, 30, 37, 47, 51];
