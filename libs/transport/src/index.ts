/** The only code that knows NATS: the feed, the owners' answers, publishing. Owners answer by `@foldline/transport/owner`. */
export { connectionOptions, consumerName, inboxPrefixOf, NatsLink, type NatsSettings } from './nats-link';
export { JetStreamFeed } from './feed/jetstream-feed';
export { readMessage, type ReadMessage } from './feed/read-message';
export { JWKS_SUBJECT, requestKeys } from './keys';
export { NatsLogReader, OwnerRefusedError } from './feed/nats-log-reader';
export { Pokes } from './pokes';
export { EventPublisher, messageIdOf, type Published } from './publish/event-publisher';
export { DEFAULT_STREAM, type StreamSettings } from './publish/streams';
