/** Keeps a projection of other services' logs in the service's own database, every generation of it. */
import { connectPool } from '@foldline/postgres';
import {
  PgProjectionStores,
  PROJECTION_SESSION_OPTIONS,
  type LogFeed,
  type LogReader,
  type Projection,
} from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { consumerName } from '@foldline/transport';
import { GenerationKeeper } from './generation-keeper';
import { Readers } from './readers';

export interface KeptProjection {
  readonly projection: Projection;
  /** Of the service's own database. */
  readonly url: string;
  readonly reader: LogReader;
  readonly feed: LogFeed;
}

/** Resolves when it is kept; the service's end stops it. One process keeps several by giving each the same `readers`. */
export async function keepProjection(
  kit: Kit,
  { projection, url, reader, feed }: KeptProjection,
  readers: Readers = new Readers(kit),
): Promise<GenerationKeeper> {
  const name = `${kit.service}-${projection.name}`;
  const writes = connectPool({ url, name, max: 2, options: PROJECTION_SESSION_OPTIONS });
  kit.shutdown.on('stores', () => writes.end());
  const stores = new PgProjectionStores(writes, [{ projection }]);
  await stores.prepare();
  return GenerationKeeper.start(kit, readers, {
    projection,
    stores,
    openServing: () => stores.openServing(projection),
    reopen: generation => stores.reopen(projection, generation),
    reader,
    feed,
    settingsOf: generation => ({ reader: consumerName(kit.service, projection.name, generation) }),
  });
}
