/** Events as text for people and as CloudEvents for programs; data alone goes to standard output. */
import { encodeCloudEvent, type StoredEvent } from '@foldline/contracts';
import type { LoggedLine, ReaderAt } from './trace';

export const asJson = encodeCloudEvent;

/** `time  log position  Type vN  stream/version  data` */
export const asText = (event: StoredEvent): string =>
  [
    event.recordedAt,
    `${event.log} ${event.position}`.padEnd(15),
    `${event.type} v${event.schemaVersion}`.padEnd(24),
    `${event.stream}/${event.version}`,
    JSON.stringify(event.data),
  ].join('  ');

export interface TracePath {
  readonly events: readonly StoredEvent[];
  readonly lines: readonly LoggedLine[];
  readonly readers: readonly ReaderAt[];
}

const readersFor = ({ log, position }: StoredEvent, readers: readonly ReaderAt[]) =>
  readers
    .filter(reader => reader.log === log)
    .map(reader => ({ reader: reader.reader, service: reader.service, applied: reader.position >= position }));

export const pathAsJson = ({ events, lines, readers }: TracePath): string =>
  JSON.stringify({
    logged: lines,
    events: events.map(event => ({
      event: JSON.parse(encodeCloudEvent(event)) as unknown,
      readers: readersFor(event, readers),
    })),
  });

export function pathAsText({ events, lines, readers }: TracePath): string {
  const steps = [
    ...lines.map(({ time, service, text }) => ({ time, rows: [`${time}  ${service.padEnd(15)}  ${text}`] })),
    ...events.map(event => ({
      time: event.recordedAt,
      rows: [
        asText(event),
        ...readersFor(event, readers).map(
          ({ reader, service, applied }) =>
            `${' '.repeat(26)}${applied ? 'applied by' : 'not yet by'} ${reader} (${service})`,
        ),
      ],
    })),
  ];
  steps.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return steps.flatMap(({ rows }) => rows).join('\n');
}
