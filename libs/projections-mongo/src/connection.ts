/** A connection to MongoDB, as safe as the server allows: what it is comes from its handshake, never from a setting. */
import mongoose, { type Connection } from 'mongoose';

export type Db = mongoose.mongo.Db;

export interface Mongo {
  /** As the server's own list of clients shows it. */
  readonly name: string;
  readonly connection: Connection;
  /** Everything that read models write and read goes through here. */
  readonly db: Db;
  close(): Promise<void>;
}

export interface MongoOptions {
  /** As the server's own list of clients shows it. */
  readonly name: string;
  /** Most sockets at once. */
  readonly max?: number;
  /** How long one call may take to find the server, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A write that another node may not have is none: a later leader would not know it. A standalone server reads this as its own. */
const WRITES = { w: 'majority' } as const;
const READS = new mongoose.mongo.ReadConcern('majority');

/** Several nodes, behind a router or not; servers older than the command, or with one node, say nothing of a set. */
async function hasSeveralNodes(db: Db): Promise<boolean> {
  const { setName, msg } = await db
    .admin()
    .command({ hello: 1 })
    .catch(() => ({}) as Record<string, unknown>);
  return setName !== undefined || msg === 'isdbgrid';
}

/** `url`: with the database's name in its path. Rejects when the server does not answer in time. */
export async function connectMongo(url: string, { name, max = 10, timeoutMs = 5_000 }: MongoOptions): Promise<Mongo> {
  const connection = mongoose.createConnection(url, {
    appName: name,
    maxPoolSize: max,
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: 30_000,
    // Whoever writes here knows how to repeat it: from what is stored, not from what was meant.
    retryWrites: false,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  });
  // Each call that fails says so itself.
  connection.on('error', () => undefined);
  await connection.asPromise();
  const several = await hasSeveralNodes(connection.db!);
  const db = connection
    .getClient()
    .db(connection.name, { writeConcern: WRITES, readPreference: 'primary', ...(several && { readConcern: READS }) });
  return { name, connection, db, close: () => connection.close() };
}

const { MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError, MongoTopologyClosedError, MongoError } =
  mongoose.mongo;

/** The server cannot be reached, or is choosing a new leader: the same call may succeed later. */
export const isMongoUnavailable = (error: unknown): boolean =>
  error instanceof MongoNetworkError ||
  error instanceof MongoServerSelectionError ||
  error instanceof MongoNotConnectedError ||
  error instanceof MongoTopologyClosedError ||
  (error instanceof MongoError &&
    (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('PoolRequestedRetry')));
