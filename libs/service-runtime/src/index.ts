/** Puts the libraries together into services: the part of every composition root that is the same. */
export * from './command-requests';
export { openFoundation, type Foundation, type ServiceConfig } from './foundation';
export { runnerMetrics } from './metrics';
export { ownLogReader } from './own-log';
export { GenerationKeeper, type GenerationAnswer, type KeeperPorts } from './generation-keeper';
export { keepProjection, type KeptProjection } from './keep-projection';
export { Readers, type ReaderPorts } from './readers';
export { openStates } from './states';
export { openWritingService, writingSettings, type WritingConfig, type WritingService } from './writing-service';
