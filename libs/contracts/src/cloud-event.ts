/** Events on the wire: CloudEvents 1.0 in structured JSON mode (CloudEvents NATS binding 1.0.2), with our extensions. */
import { isUuid } from './ids';
import type { EventEnvelope, EventMetadata } from './envelope';
import { InvalidEventError, upcastEventData } from './events/check';
import { isLogName, type LogName } from './logs';
import { isTime } from './time';

export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json';

/** An event as its log stores it: data in the schema version it was written in. */
export type StoredEvent = EventEnvelope<{ type: string; data: object }> & {
  /**
   * Id of the event before it in the log, '' for the first: whoever applies an event checks that it follows the one
   * applied before. Absent where an event was loaded by its stream.
   */
  readonly previousId?: string;
};

/** An event ready to travel. */
export interface EncodedEvent extends Pick<StoredEvent, 'log' | 'incarnation' | 'position' | 'type'> {
  /** Structured-mode JSON text. */
  readonly text: string;
}

/** Nothing in it needs escaping in JSON; nearly all attributes are such, and asking is quicker than JSON.stringify. */
const PLAIN = /^[\w.:/@+-]+$/;
const json = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));
const optional = (name: string, text: string | undefined): string => (text ? `,"${name}":${json(text)}` : '');

/** `data`: JSON text that goes out as it is, so that who only passes an event on need not parse it. */
export function encodeEventAround(data: string, event: Omit<StoredEvent, 'data'>): EncodedEvent {
  const { log, incarnation, position, type, metadata } = event;
  // CloudEvents attributes are never empty.
  const text =
    `{"specversion":"1.0","id":"${event.eventId}","source":"/${log}","type":${json(`shop.${log}.${type}.v${event.schemaVersion}`)},` +
    `"subject":${json(event.stream)},"time":"${event.recordedAt}","datacontenttype":"application/json","log":"${incarnation}",` +
    `"position":${position}${optional('previousid', event.previousId)},"streamversion":${event.version}` +
    optional('commandid', metadata.commandId) +
    optional('correlationid', metadata.correlationId) +
    optional('causationid', metadata.causationId) +
    optional('traceparent', metadata.traceparent) +
    optional('actor', metadata.actor);
  return { log, incarnation, position, type, text: `${text},"data":${data}}` };
}

export const encodeEvent = (event: StoredEvent): EncodedEvent => encodeEventAround(JSON.stringify(event.data), event);

/** Structured-mode JSON text of one event. */
export const encodeCloudEvent = (event: StoredEvent): string => encodeEvent(event).text;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const TYPE = /^shop\.([a-z]+)\.([A-Za-z]+)\.v([1-9][0-9]{0,3})$/;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

function readMetadata(attributes: Record<string, unknown>): EventMetadata {
  const { commandid, correlationid, causationid, traceparent, actor } = attributes;
  if (!isText(commandid) || !isText(correlationid) || !isText(causationid))
    throw new InvalidEventError('commandid, correlationid or causationid is missing');
  const metadata: Writable<EventMetadata> = {
    commandId: commandid,
    correlationId: correlationid,
    causationId: causationid,
  };
  if (isText(traceparent)) metadata.traceparent = traceparent;
  if (isText(actor)) metadata.actor = actor;
  return metadata;
}

/** The same few types come a million times. */
const knownTypes = new Map<string, { readonly log: LogName; readonly type: string; readonly schemaVersion: number }>();
const MOST_KNOWN_TYPES = 1000;

function readType(text: string) {
  const known = knownTypes.get(text);
  if (known) return known;
  const match = TYPE.exec(text);
  const log = match?.[1];
  if (!match || !isLogName(log)) throw new InvalidEventError('type is not one of this shop');
  const read = { log, type: match[2]!, schemaVersion: Number(match[3]) };
  if (knownTypes.size < MOST_KNOWN_TYPES) knownTypes.set(text, read);
  return read;
}

/** The envelope of a parsed CloudEvent without touching its data: throws InvalidEventError where an attribute is wrong. */
export function readCloudEventEnvelope(value: unknown): StoredEvent {
  if (typeof value !== 'object' || value === null) throw new InvalidEventError('not a JSON object');
  const attributes = value as Record<string, unknown>;
  const {
    specversion,
    id,
    source,
    type,
    subject,
    time,
    log: incarnation,
    position,
    previousid,
    streamversion,
    data,
  } = attributes;
  if (specversion !== '1.0') throw new InvalidEventError('specversion is not 1.0');
  const { log, type: name, schemaVersion } = readType(isText(type) ? type : '');
  if (source !== `/${log}`) throw new InvalidEventError('source is not the log that the type belongs to');
  if (!isUuid(id)) throw new InvalidEventError('id is not a UUID');
  if (!isUuid(incarnation)) throw new InvalidEventError('log is not a UUID');
  if (!isCount(position) || !isCount(streamversion))
    throw new InvalidEventError('position or streamversion is not a positive integer');
  if (previousid !== undefined && !isUuid(previousid)) throw new InvalidEventError('previousid is not a UUID');
  if (!isText(subject) || subject.length > 200) throw new InvalidEventError('subject is missing');
  if (!isTime(time)) throw new InvalidEventError('time is not RFC 3339 in UTC');
  if (typeof data !== 'object' || data === null) throw new InvalidEventError('data is not an object');
  const event: Writable<StoredEvent> = {
    log,
    incarnation,
    position,
    eventId: id,
    stream: subject,
    version: streamversion,
    type: name,
    schemaVersion,
    data,
    metadata: readMetadata(attributes),
    recordedAt: time,
  };
  const previousId = position === 1 ? '' : previousid;
  if (previousId !== undefined) event.previousId = previousId;
  return event;
}

/** Lifts a stored event to the newest version of its type; throws InvalidEventError for data that breaks its rules. */
export function upcastEvent(event: StoredEvent): StoredEvent {
  const data = upcastEventData(event.log, event.type, event.schemaVersion, event.data);
  return data === event.data ? event : { ...event, data };
}

export type DecodedCloudEvent = { readonly log: LogName } & StoredEvent;
