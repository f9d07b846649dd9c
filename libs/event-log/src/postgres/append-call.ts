/** A call of the function log.append: how appends become its arguments, and its answer their results. */
import type { Statement } from '@foldline/postgres';
import { jsonText, type CheckedAppend } from '../checked-append';
import type { AppendResult, Claim } from '../event-log.port';

const TEXT = `
select a.incarnation, a.head, a.recorded_at, a.refused, (select event_id from log.events where position = a.head)
  from log.append($1, $2, $3, $4, $5) a`;

/** An append as JSON fragments, made once; its place in the call is put in front when the call is made. */
export interface EncodedAppend extends CheckedAppend {
  readonly fragments: {
    readonly writes: readonly string[];
    readonly events: readonly string[];
    readonly commands: readonly string[];
    readonly claims: readonly string[];
    readonly checkpoints: readonly string[];
  };
  readonly bytes: number;
}

/** An object's JSON without its opening brace. */
const open = (value: object): string => jsonText(value, 'an append').slice(1);

export function encodeAppend(checked: CheckedAppend): EncodedAppend {
  const { append, events, keepsCommand } = checked;
  const { command, writes, claims = [], releases = [], checkpoint } = append;
  const { id, alsoStoredAs, requestHash: hash, result } = command;
  const also = alsoStoredAs?.length ? alsoStoredAs : undefined;
  const claim = (release: boolean) => (held: Claim) => open({ ...held, release });
  const first = keepsCommand ? '' : `,"first":"${events[0]?.eventId}"`;
  const fragments = {
    writes: writes.map(({ stream, expectedVersion }) => `"stream":"${stream}","expected":${expectedVersion}${first}}`),
    events: events.map(
      e =>
        `"stream":"${e.stream}","version":${e.version},"type":"${e.type}","schema":${e.schemaVersion},"id":"${e.eventId}",` +
        `"bytes":${e.bytes},"metadata":${e.metadata},"data":${e.data}}`,
    ),
    commands: keepsCommand ? [open({ id, also, hash, result })] : [],
    claims: [...releases.map(claim(true)), ...claims.map(claim(false))],
    checkpoints: checkpoint
      ? [open({ ...checkpoint, event_id: checkpoint.eventId, parked: checkpoint.parked ?? [] })]
      : [],
  };
  return { ...checked, fragments, bytes: events.reduce((sum, event) => sum + event.bytes, 200) };
}

type Part = keyof EncodedAppend['fragments'];

export function appendCall(appends: readonly EncodedAppend[]): Statement {
  const lists: Record<Part, string[]> = { writes: [], events: [], commands: [], claims: [], checkpoints: [] };
  let upto = 0;
  for (const [n, { fragments, events }] of appends.entries()) {
    upto += events.length;
    for (const fragment of fragments.writes) lists.writes.push(`{"n":${n},${fragment}`);
    for (const fragment of fragments.events) lists.events.push(`{"n":${n},${fragment}`);
    for (const fragment of fragments.commands) lists.commands.push(`{"n":${n},"upto":${upto},${fragment}`);
    for (const fragment of fragments.claims) lists.claims.push(`{"n":${n},${fragment}`);
    for (const fragment of fragments.checkpoints) lists.checkpoints.push(`{"n":${n},${fragment}`);
  }
  const text = (list: readonly string[]) => `[${list.join(',')}]`;
  const orNull = (list: readonly string[]) => (list.length > 0 ? text(list) : null);
  return {
    name: 'log-append',
    text: TEXT,
    values: [
      text(lists.writes),
      text(lists.events),
      orNull(lists.commands),
      orNull(lists.claims),
      orNull(lists.checkpoints),
    ],
    asArrays: true,
  };
}

type Refusal = { readonly n: number } & (
  | Exclude<AppendResult, { kind: 'appended' | 'duplicate' }>
  | {
      readonly kind: 'duplicate';
      readonly position: number;
      readonly sameRequest: boolean;
      readonly result: unknown;
      readonly recordedAt: string;
    }
);

export type AppendAnswer = readonly [
  incarnation: string,
  head: number,
  recordedAt: string,
  refused: readonly Refusal[] | null,
  /** Of the event at `head`, before this call's; null also where another call wrote it while this one waited. */
  eventIdAt: string | null,
];

/** Results in the order of the appends, and the head after them. */
export function readAnswer(
  appends: readonly EncodedAppend[],
  [incarnation, before, recordedAt, refused]: AppendAnswer,
): { results: AppendResult[]; head: number } {
  const refusals = new Map<number, Refusal>();
  for (const refusal of refused ?? []) if (!refusals.has(refusal.n)) refusals.set(refusal.n, refusal);
  let head = before;
  const results = appends.map(({ events }, n): AppendResult => {
    const refusal = refusals.get(n);
    if (!refusal) return { kind: 'appended', incarnation, position: (head += events.length), recordedAt };
    if (refusal.kind === 'duplicate') {
      const { kind, position, sameRequest, result } = refusal;
      return { kind, incarnation, position, sameRequest, result };
    }
    const { n: _, ...result } = refusal;
    return result;
  });
  return { results, head };
}
