/** The rows of the fault matrix that this suite can do, by number. */
import { restored } from '../scenarios/restored';
import type { Scenario } from '../scenarios/scenario';
import { skewed } from '../scenarios/skewed';
import { brokerFaults } from './broker';
import { handFaults } from './by-hand';
import { clusterFaults } from './cluster';
import { databaseFaults } from './database';
import { diskFaults } from './disks';
import type { Fault } from './fault';
import { limitFaults } from './limits';
import { linkFaults } from './links';
import { messageFaults } from './messages';
import { mixOf } from './mix';
import { mongoFaults } from './mongo';
import { poison } from './poison';
import { pooled } from './pooler';
import { processFaults } from './processes';
import { races } from './races';
import { replayedWith } from './replay';
import { rush } from './rush';

/** What can happen beside something else and still be told apart. */
const TOGETHER = [10, 12, 13, 15, 31, 36, 50, 53, 55];

export const FAULTS: readonly Fault[] = [
  ...processFaults,
  ...linkFaults,
  ...databaseFaults,
  ...brokerFaults,
  ...limitFaults,
  ...handFaults,
  ...messageFaults,
  ...diskFaults,
  ...races,
  pooled,
  poison,
  rush,
  replayedWith({ kill: true }),
  ...mongoFaults,
  mixOf(
    [...linkFaults, ...processFaults, ...brokerFaults, ...races, ...mongoFaults].filter(({ row }) =>
      TOGETHER.includes(row),
    ),
  ),
];

/** On a broker of three nodes: what it goes through, and what does not reach for the one node that there else is. */
export const CLUSTER_FAULTS: readonly Fault[] = [...clusterFaults, ...processFaults, ...databaseFaults, ...races, rush];
export const CLUSTER_CORE = [2, 3, 28, 29];

/** Rows that end a shop: each is played on one of its own. */
export const SCENARIOS: readonly Scenario[] = [restored, skewed];

/** The rows that every run of a build server does. */
export const CORE = [1, 2, 3, 4, 13, 14, 20, 29, 30, 37, 47, 51];
/** With the read model on MongoDB also what that goes through, and what is built there. */
export const MONGO_CORE = [...CORE, 48, 55];
