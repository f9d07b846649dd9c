/** For tests of projections and of whatever feeds or stores them. */
export { idOf, SampleLog, SampleOwner } from './sample-log';
export { sampleShop } from './sample-shop';
export { ScriptedFeed } from './scripted-feed';
export { RecordingSink } from './recording-sink';
export { sampleProjection, UNLUCKY } from './sample-projection';
export { MemoryProjectionStores } from './memory-projection-stores';
export { applyAll, rowsOf } from './apply-all';
export { projectionStoreContract } from './projection-store-contract';
export { replayContract } from './replay-contract';
export { another, ReplayShop, type ReplayedStore } from './replay-shop';
