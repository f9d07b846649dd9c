/** `npm run bench -- <verb>`: measures us beside a peer in the same run. Verbs are the files of this folder. */
import { endWith, EXIT } from '../tools/exit-codes';
import { appendBench } from './append';
import { clusterBench } from './cluster';
import { loadBench } from './load';
import { growthBench } from './growth';
import { lagBench } from './lag';
import { ordersBench } from './orders';
import { readBench } from './read';
import { peer } from './read-peers';
import { readStoreBench } from './read-store';
import { rebuildBench } from './rebuild';
import { replicasBench } from './replicas';
import { rebuildReadsBench } from './rebuild-reads';
import { renameBench } from './rename';
import { partitionsBench } from './partitions';
import { projectionBench } from './projection';
import { compareBench } from './three-ways';
import { wholeBench } from './whole';
import { writeBench } from './write';

const verbs: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  compare: compareBench,
  write: writeBench,
  cluster: clusterBench,
  replicas: replicasBench,
  partitions: partitionsBench,
  growth: growthBench,
  projection: projectionBench,
  whole: wholeBench,
  append: appendBench,
  load: loadBench,
  orders: ordersBench,
  lag: lagBench,
  read: readBench,
  'read-store': readStoreBench,
  rename: renameBench,
  rebuild: rebuildBench,
  'rebuild-reads': rebuildReadsBench,
  peer,
};

const [verb = '', ...args] = process.argv.slice(2);
const bench = verbs[verb];
if (!bench) {
  process.stderr.write(`Usage: npm run bench -- <${Object.keys(verbs).join(' | ')}>\n`);
  process.exitCode = EXIT.usage;
} else {
  bench(args).catch(endWith);
}
