/** The rows of the fault matrix that this suite can do, by number. */
import { restored } from '../scenarios/restored';
import type { Scenario } from '../scenarios/scenario';
import { brokerFaults } from './broker';
import { databaseFaults } from './database';
import type { Fault } from './fault';
import { linkFaults } from './links';
import { poison } from './poison';
import { processFaults } from './processes';
import { races } from './races';
import { replayed } from './replay';
import { rush } from './rush';

export const FAULTS: readonly Fault[] = [
  ...processFaults,
  ...linkFaults,
  ...databaseFaults,
  ...brokerFaults,
  ...races,
  poison,
  rush,
  replayed,
];

/** Rows that end a shop: each is played on one of its own. */
export const SCENARIOS: readonly Scenario[] = [restored];

/** The rows that every run of a build server does. */
export const CORE = [1, 2, 3, 4, 13, 14, 20, 29, 30, 37, 47, 51];
