/** How requests of other services reach a Nest application over NATS. */
import { Transport, type NatsOptions } from '@nestjs/microservices';
import { connectionOptions, DEFAULT_MAX_PAYLOAD, type NatsLink, type NatsSettings } from '../nats-link';
import { jsonDeserializer, jsonSerializer } from './json-wire';

/**
 * Replicas of a service share the requests (queue group). Connects by itself, whenever the broker is there; `link`, another
 * connection to the same broker, knows what that carries.
 */
export const natsMicroservice = (settings: NatsSettings, link: Pick<NatsLink, 'now'>): NatsOptions => ({
  transport: Transport.NATS,
  options: {
    ...(connectionOptions({ ...settings, name: settings.name }) as NatsOptions['options']),
    queue: settings.name,
    serializer: jsonSerializer(() => link.now?.info?.max_payload ?? DEFAULT_MAX_PAYLOAD),
    deserializer: jsonDeserializer,
  },
});
