/** How requests of other services reach a Nest application over NATS. */
import { Transport, type NatsOptions } from '@nestjs/microservices';
import { connectionOptions, type NatsSettings } from '../nats-link';
import { jsonDeserializer, jsonSerializer } from './json-wire';

/** Replicas of a service share the requests (queue group). Connects by itself, whenever the broker is there. */
export const natsMicroservice = (settings: NatsSettings): NatsOptions => ({
  transport: Transport.NATS,
  options: {
    ...(connectionOptions({ ...settings, name: settings.name }) as NatsOptions['options']),
    queue: settings.name,
    serializer: jsonSerializer,
    deserializer: jsonDeserializer,
  },
});
