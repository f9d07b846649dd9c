/** All events as an AsyncAPI 3.0 document, made from the registry: what is on the wire is what is written here. */
import { CLOUD_EVENT_CONTENT_TYPE } from './cloud-event';
import { dataSchemas } from './events/check';
import type { EventVersion } from './events/define';
import { allEventVersions, eventVersions } from './events/registry';
import { jetStreamOf, LOGS, subjectOf } from './logs';

const UUID = { type: 'string', format: 'uuid' };
const COUNT = { type: 'integer', minimum: 1 };
const TEXT = { type: 'string', minLength: 1 };

/** What every event has around its data (CloudEvents 1.0.2, structured mode, with our extensions). */
const ENVELOPE = {
  type: 'object',
  required: [
    ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data'],
    ...['log', 'position', 'streamversion', 'commandid', 'correlationid', 'causationid'],
  ],
  properties: {
    specversion: { const: '1.0' },
    id: { ...UUID, description: 'The same for every repetition of the event' },
    source: { ...TEXT, description: `The log: ${LOGS.map(log => `/${log}`).join(', ')}` },
    type: TEXT,
    subject: { ...TEXT, description: 'The stream: of which aggregate the event tells' },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { const: 'application/json' },
    log: { ...UUID, description: 'Incarnation of the log: another one is another history' },
    position: { ...COUNT, description: 'Place in the log, without holes: 1, 2, 3 ...' },
    previousid: {
      ...UUID,
      description: 'Id of the event at the position before; absent on the first and where it is not known',
    },
    streamversion: { ...COUNT, description: 'Place in the stream' },
    commandid: TEXT,
    correlationid: TEXT,
    causationid: TEXT,
    traceparent: { ...TEXT, description: 'W3C Trace Context' },
    actor: { ...TEXT, description: 'The user who asked for it' },
    data: { type: 'object' },
  },
};

const HEADERS = {
  type: 'object',
  required: ['Nats-Msg-Id', 'Content-Type'],
  properties: {
    'Nats-Msg-Id': { type: 'string', pattern: '^[0-9a-f-]{36}:[1-9][0-9]*$', description: 'incarnation:position' },
    'Content-Type': { const: CLOUD_EVENT_CONTENT_TYPE },
  },
};

const nameOf = ({ type, schemaVersion }: EventVersion): string => `${type}.v${schemaVersion}`;
const to = (...path: string[]) => ({ $ref: `#/${path.join('/')}` });

const messageOf = (version: EventVersion) => ({
  name: `shop.${version.log}.${nameOf(version)}`,
  title: `${version.type}, version ${version.schemaVersion}`,
  contentType: CLOUD_EVENT_CONTENT_TYPE,
  headers: to('components', 'schemas', 'MessageHeaders'),
  payload: {
    allOf: [
      to('components', 'schemas', 'CloudEvent'),
      {
        type: 'object',
        properties: {
          source: { const: `/${version.log}` },
          type: { const: `shop.${version.log}.${nameOf(version)}` },
          data: to('components', 'schemas', version.data.name),
        },
      },
    ],
  },
});

/** The document; `publicUrl` is where this shop is. Every version of a type may come: readers upcast. */
export function asyncApiDocument(publicUrl: string): object {
  const each = <T>(part: (type: string, versions: readonly EventVersion[]) => T): Record<string, T> =>
    Object.fromEntries(
      allEventVersions
        .filter(({ schemaVersion }) => schemaVersion === 1)
        .map(({ log, type }) => [
          type,
          part(
            type,
            eventVersions[log].filter(version => version.type === type),
          ),
        ]),
    );
  return {
    asyncapi: '3.0.0',
    id: publicUrl,
    info: {
      title: 'Foldline events',
      version: '1.0.0',
      description:
        'Each log is one JetStream stream. Messages may be lost, repeated or out of order: a reader goes by position and asks the owner for what is missing (log.read).',
    },
    defaultContentType: CLOUD_EVENT_CONTENT_TYPE,
    channels: each((type, versions) => ({
      address: subjectOf(versions[0]!.log, type),
      description: `In JetStream stream ${jetStreamOf(versions[0]!.log)}`,
      messages: Object.fromEntries(
        versions.map(version => [nameOf(version), to('components', 'messages', nameOf(version))]),
      ),
    })),
    operations: Object.fromEntries(
      Object.entries(
        each((type, versions) => ({
          action: 'send',
          summary: `${versions[0]!.log} publishes ${type}`,
          channel: to('channels', type),
          messages: versions.map(version => to('channels', type, 'messages', nameOf(version))),
        })),
      ).map(([type, operation]) => [`publish${type}`, operation]),
    ),
    components: {
      messages: Object.fromEntries(allEventVersions.map(version => [nameOf(version), messageOf(version)])),
      schemas: { CloudEvent: ENVELOPE, MessageHeaders: HEADERS, ...dataSchemas },
    },
  };
}
