/** The MongoDB of a run whose read model is kept there: behind a proxy, and ours to kill unless it is somebody else's. */
import { join } from 'node:path';
// The driver is mended there: without that this suite's own calls wait for ever, too, when a server is killed.
import '@foldline/projections-mongo';
import { Proxy, startOwnMongo, type OwnServer } from '@foldline/testing';
import mongoose from 'mongoose';
import { stablePort } from './ports';
import { fromRoot, ROOT } from './root';

export type Db = mongoose.mongo.Db;

interface Found {
  readonly kind: 'url' | 'mongod' | 'docker' | 'java';
  readonly url?: string;
}

const findMongo = (say: (line: string) => void): Found => {
  const { findMongo: find } = fromRoot<{ findMongo(where: object): Found }>('test/mongo/find-mongo.cjs');
  const env = { ...process.env, REQUIRE_MONGO: '1' };
  return find({ binDir: join(ROOT, '.foldline/bin'), env, fetch: true, say });
};

export class ChaosMongo {
  private constructor(
    /** What it is, for the report. */
    readonly kind: Found['kind'],
    /** Undefined: a server that MONGO_URL names, which is not ours to kill. */
    readonly server: OwnServer | undefined,
    readonly proxy: Proxy,
    /** Past the proxy, with the database. */
    readonly url: string,
    private readonly client: mongoose.mongo.MongoClient,
  ) {}

  /** Rejects where the machine has none, and says how to get one. */
  static async start(say: (line: string) => void): Promise<ChaosMongo> {
    const found = findMongo(say);
    process.env.TEST_MONGO ??= JSON.stringify(found);
    const server = found.kind === 'url' ? undefined : await startOwnMongo(await stablePort());
    const url = new URL(server?.url ?? found.url!);
    if (url.protocol !== 'mongodb:' || url.host.includes(','))
      throw new Error('The suite breaks the link to one server: set MONGO_URL to one, as mongodb://host:27017/');
    url.pathname = `/chaos_${Date.now()}`;
    // Else what the server says of its set would lead past the proxy.
    url.searchParams.set('directConnection', 'true');
    // A driver of the suite's own: nothing of what the shop does with it.
    const client = new mongoose.mongo.MongoClient(url.toString(), { serverSelectionTimeoutMS: 3000 });
    return new ChaosMongo(
      found.kind,
      server,
      await Proxy.to(Number(url.port || 27017), url.hostname),
      url.toString(),
      client,
    );
  }

  get db(): Db {
    return this.client.db();
  }
  /** What the shop connects to. */
  get urlOfShop(): string {
    return this.proxy.urlFor(this.url);
  }

  async remove(): Promise<void> {
    if (!this.server) await this.db.dropDatabase().catch(() => undefined);
    await this.client.close();
    await this.proxy.close();
    await this.server?.remove();
  }
}
