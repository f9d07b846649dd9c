/** The only code that knows NATS: the feed, the owners' answers, publishing. */
export { connectionOptions, consumerName, inboxPrefixOf, NatsLink, type NatsSettings } from './nats-link';
export { JetStreamFeed } from './feed/jetstream-feed';
export { readMessage, type ReadMessage } from './feed/read-message';
export { JWKS_SUBJECT, requestKeys } from './keys';
export { logOwnerController, OWNED_LOG, OwnedLogAwayError, type OwnedLog } from './owner/log-owner.controller';
export { natsMicroservice } from './owner/microservice';
export { NatsLogReader, OwnerRefusedError } from './owner/nats-log-reader';
export { Pokes } from './pokes';
export { EventPublisher, messageIdOf, type Published } from './publish/event-publisher';
export { DEFAULT_STREAM, type StreamSettings } from './publish/streams';
