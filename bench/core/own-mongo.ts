/** A MongoDB for a bench: your own where MONGO_URL says so, else one in `folder`, or a stand-in that speaks its protocol. */
import { join } from 'node:path';
import { freePort } from './own-shop';
import { fromRoot, ROOT } from './project';

export interface MongoServer {
  readonly url: string;
  /** False for a stand-in: nothing that it does is told as MongoDB's. */
  readonly isReal: boolean;
  stop?(): Promise<unknown>;
}
interface Found {
  readonly kind: 'url' | 'mongod' | 'docker' | 'java';
}

/** Rejects where the machine has none, and says how to get one. */
export async function ownMongo(folder: string): Promise<MongoServer> {
  const { findMongo } = fromRoot<{ findMongo(where: object): Found | undefined }>('test/mongo/find-mongo.cjs');
  const { startMongo } = fromRoot<{ startMongo(found: object, at: object): Promise<Omit<MongoServer, 'isReal'>> }>(
    'test/mongo/start-mongo.cjs',
  );
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const found = findMongo({ binDir: join(ROOT, '.foldline/bin'), fetch: true, say });
  if (!found) throw new Error('there is no MongoDB to measure: set MONGO_URL to a server of your own');
  const isReal = found.kind !== 'java';
  if (found.kind === 'url') return { ...(found as unknown as MongoServer), isReal };
  const at = { port: await freePort(), dataDir: join(folder, 'mongo'), logFile: join(folder, 'mongo.log') };
  return { ...(await startMongo(found, at)), isReal };
}
