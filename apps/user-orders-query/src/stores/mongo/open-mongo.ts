/** The read model on MongoDB. Its driver is loaded only where it is chosen: nobody else pays for it. */
import { userOrders } from '../../projection/user-orders.project';
import { MongoReadStore } from './mongo-read-store';

/** `url`: with the database in its path. `service`: as the server's list of clients names it. */
export async function openMongo(url: string, service: string) {
  const { connectMongo, isMongoUnavailable, MongoProjectionStores, SteadyReads, UnsteadyReadError } =
    await import('@foldline/projections-mongo');
  const mongo = await connectMongo(url, { name: service });
  const stores = new MongoProjectionStores(mongo);
  await stores.prepare();
  const reads = new SteadyReads(mongo.db, userOrders.name);
  const store = new MongoReadStore(reads, error => isMongoUnavailable(error) || error instanceof UnsteadyReadError);
  /** Rejects where the server cannot be reached. */
  const ping = (): Promise<undefined> => mongo.db.command({ ping: 1 }).then(() => undefined);
  return { stores, store, ping, close: () => mongo.close() };
}
