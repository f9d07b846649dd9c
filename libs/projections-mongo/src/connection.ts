/** A connection to MongoDB, as safe as the server allows: what it is comes from its handshake, never from a setting. */
import mongoose, { type Connection } from 'mongoose';
import './closing-sockets';

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

/** The driver would take a database of its own choice. */
const WITH_DATABASE = /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/;
const AUTHENTICATION_FAILED = 18;

/** What to do about it; the driver's message names the server and never the password. */
function explained(error: unknown): Error {
  const { code, message } = error as { code?: unknown; message: string };
  const what =
    code === AUTHENTICATION_FAILED
      ? `MongoDB refuses the user or the password of MONGO_URL (${message}): correct them there, with authSource=admin where the user was made in admin`
      : `MongoDB cannot be reached (${message}): start it, or correct MONGO_URL`;
  return new Error(`${what}.`, { cause: error });
}

/** `url`: with the database's name in its path. Rejects when it names none, and when the server does not answer in time or refuses. */
export async function connectMongo(url: string, { name, max = 10, timeoutMs = 5_000 }: MongoOptions): Promise<Mongo> {
  if (!WITH_DATABASE.test(url))
    throw new Error('MONGO_URL names no database: add one to its path, as in mongodb://host:27017/read.');
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
  await connection.asPromise().catch(async (error: unknown) => {
    await connection.close().catch(() => undefined);
    throw explained(error);
  });
  const several = await hasSeveralNodes(connection.db!);
  const db = connection
    .getClient()
    .db(connection.name, { writeConcern: WRITES, readPreference: 'primary', ...(several && { readConcern: READS }) });
  return { name, connection, db, close: () => connection.close() };
}

const { MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError, MongoTopologyClosedError, MongoError } =
  mongoose.mongo;

/** What a socket says of itself while a command is written to it: the driver passes it on as it is. */
const BROKEN_SOCKET = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED']);

/** The server cannot be reached, or is choosing a new leader: the same call may succeed later. */
export const isMongoUnavailable = (error: unknown): boolean =>
  error instanceof MongoNetworkError ||
  error instanceof MongoServerSelectionError ||
  error instanceof MongoNotConnectedError ||
  error instanceof MongoTopologyClosedError ||
  BROKEN_SOCKET.has(String((error as { code?: unknown } | null)?.code)) ||
  (error instanceof MongoError &&
    (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('PoolRequestedRetry')));
