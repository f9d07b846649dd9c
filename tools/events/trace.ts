/** One trace's path: the HTTP calls that the services logged, the events, and which readers have applied them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '@foldline/contracts';

/** 32 hex digits of a trace id, also out of a whole traceparent; or the id (UUID) of an event, command or correlation. */
export function traceMatch(id: string): ((event: StoredEvent) => boolean) | undefined {
  const wanted = id.trim().toLowerCase();
  const trace = /^(?:00-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/.exec(wanted)?.[1];
  if (trace) return ({ metadata }) => metadata.traceparent?.split('-')[1] === trace;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(wanted)) return undefined;
  return ({ eventId, metadata: { commandId, correlationId, causationId } }) =>
    [eventId, commandId, correlationId, causationId].includes(wanted);
}

/** With what followed from them: reactions keep the correlation of their cause. */
export function withRelatives(found: readonly StoredEvent[], all: readonly StoredEvent[]): StoredEvent[] {
  const correlations = new Set(found.map(({ metadata }) => metadata.correlationId));
  return all.filter(({ metadata }) => correlations.has(metadata.correlationId));
}

export interface LoggedLine {
  readonly time: string;
  readonly service: string;
  readonly text: string;
}

const LINE_KEYS = new Set(['level', 'time', 'pid', 'service', 'traceId', 'msg', 'hostname']);

function readLine(line: string, traceIds: ReadonlySet<string>): LoggedLine | undefined {
  try {
    const { time, service, traceId, msg = '', ...rest } = JSON.parse(line) as Record<string, unknown>;
    if (!traceIds.has(String(traceId))) return undefined;
    const fields = Object.entries(rest).filter(([key]) => !LINE_KEYS.has(key));
    const told = fields.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return { time: String(time), service: String(service), text: [String(msg), ...told].filter(Boolean).join(' ') };
  } catch {
    return undefined;
  }
}

/** What the services of this machine logged within these traces; nothing where there are no log files. */
export function loggedLines(folder: string, traceIds: ReadonlySet<string>): LoggedLine[] {
  let files: string[];
  try {
    files = readdirSync(folder).filter(name => /\.log(\.\d+)?$/.test(name));
  } catch {
    return [];
  }
  return files.flatMap(name =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .flatMap(line => (line.includes('"traceId"') ? (readLine(line, traceIds) ?? []) : [])),
  );
}

export interface ReaderAt {
  readonly service: string;
  readonly reader: string;
  readonly log: string;
  readonly position: number;
}

const SAMPLE = /^foldline_projection_position\{(.*)\} (\d+)/;

/** How far each reader of each log is, by its service's metrics; a service that does not answer has none. */
export async function readersOf(services: Readonly<Record<string, { readonly url: string }>>): Promise<ReaderAt[]> {
  const texts = await Promise.all(
    Object.values(services).map(({ url }) =>
      fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3000) })
        .then(answer => (answer.ok ? answer.text() : ''))
        .catch(() => ''),
    ),
  );
  return texts.flatMap(text =>
    text.split('\n').flatMap(line => {
      const [, labels, position] = SAMPLE.exec(line) ?? [];
      if (labels === undefined) return [];
      const of = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
      return { service: of('service'), reader: of('reader'), log: of('log'), position: Number(position) };
    }),
  );
}
