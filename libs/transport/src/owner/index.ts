/** A log's owner answers who reads it. Apart from the rest, so that what only reads does not load Nest. */
export { logOwnerController, OWNED_LOG, OwnedLogAwayError, type OwnedLog } from './log-owner.controller';
export { natsMicroservice } from './microservice';
