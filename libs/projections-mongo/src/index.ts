/** Read models in MongoDB; the only code that knows its driver. */
export { connectMongo, isMongoUnavailable, type Mongo } from './connection';
export { MongoProjectionStores } from './mongo-projection-stores';
export { MongoProjectionStore } from './mongo-projection-store';
export { SteadyReads, UnsteadyReadError, type SteadyView } from './steady-reads';
