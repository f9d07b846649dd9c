import { MemoryProjectionStores, projectionStoreContract } from '../testing';

projectionStoreContract('memory', async () => new MemoryProjectionStores());
