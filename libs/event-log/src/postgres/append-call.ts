/** A call of the function log.append: how appends become its arguments, and its answer their results. */
import type { Statement } from '@foldline/postgres';
import type { CheckedAppend } from '../checked-append';
import { jsonText } from '../checked-append';
import type { Append, AppendResult, Claim } from '../event-log.port';

const TEXT = 'select incarnation, head, recorded_at, refused from log.append($1, $2, $3, $4, $5)';

/** An append as JSON fragments, made once; its place in the call is put in front when the call is made. */
export interface EncodedAppend extends CheckedAppend {
  readonly fragments: {
    readonly append: string;
    readonly writes: readonly string[];
    readonly events: readonly string[];
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
  const claim = (release: boolean) => (held: Claim) => open({ ...held, release });
  const fragments = {
    append: open({
      id: command.id,
      also: command.alsoStoredAs?.length ? command.alsoStoredAs : undefined,
      first: events[0]?.eventId,
      size: events.length,
      keep: keepsCommand,
      hash: command.requestHash,
      result: command.result,
    }),
    writes: writes.map(({ stream, expectedVersion }) => `"stream":"${stream}","expected":${expectedVersion}}`),
    events: events.map(
      e =>
        `"stream":"${e.stream}","version":${e.version},"type":"${e.type}","schema":${e.schemaVersion},"id":"${e.eventId}",` +
        `"bytes":${e.bytes},"metadata":${e.metadata},"data":${e.data}}`,
    ),
    claims: [...releases.map(claim(true)), ...claims.map(claim(false))],
    checkpoints: checkpoint
      ? [open({ ...checkpoint, event_id: checkpoint.eventId, parked: checkpoint.parked ?? [] })]
      : [],
  };
  return { ...checked, fragments, bytes: events.reduce((sum, event) => sum + event.bytes, 200) };
}

export function appendCall(appends: readonly EncodedAppend[]): Statement {
  const list = (of: (append: EncodedAppend) => readonly string[]): string =>
    `[${appends.flatMap((append, n) => of(append).map(fragment => `{"n":${n},${fragment}`)).join(',')}]`;
  const orNull = (text: string): string | null => (text === '[]' ? null : text);
  return {
    name: 'log-append',
    text: TEXT,
    values: [
      list(({ fragments }) => [fragments.append]),
      list(({ fragments }) => fragments.writes),
      list(({ fragments }) => fragments.events),
      orNull(list(({ fragments }) => fragments.claims)),
      orNull(list(({ fragments }) => fragments.checkpoints)),
    ],
    asArrays: true,
  };
}

type Refusal = { readonly n: number } & (
  | { readonly kind: 'again' }
  | { readonly kind: 'conflict'; readonly stream: string; readonly actual: number }
  | { readonly kind: 'claim-taken'; readonly scope: string }
  | { readonly kind: 'checkpoint-moved'; readonly actual: number }
  | {
      readonly kind: 'duplicate';
      readonly position: number;
      readonly sameRequest: boolean;
      readonly result: unknown;
      readonly recordedAt: string;
      readonly stream: string | null;
      readonly version: number | null;
    }
);

export type AppendAnswer = readonly [
  incarnation: string,
  head: number,
  recordedAt: string,
  refused: readonly Refusal[] | null,
];
/** `again`: not decided, to be sent in a later call. */
export type CallResult = AppendResult | { readonly kind: 'again' };

/** Whether what is stored under the command id is what this very append would have written. */
const isOwn = (
  { writes }: Append,
  found: { sameRequest: boolean; stream: string | null; version: number | null },
): boolean => {
  const first = writes[0];
  return (
    found.sameRequest && (!first || (found.stream === first.stream && found.version === first.expectedVersion + 1))
  );
};

/**
 * Results in the order of the appends, and the head after them. `resent`: the call was sent before and its outcome is not
 * known, so that finding an append's own events means that it went through the first time.
 */
export function readAnswer(
  appends: readonly EncodedAppend[],
  [incarnation, before, recordedAt, refused]: AppendAnswer,
  resent: boolean,
): { results: CallResult[]; head: number } {
  const refusals = new Map<number, Refusal>();
  for (const refusal of refused ?? []) if (!refusals.has(refusal.n)) refusals.set(refusal.n, refusal);
  let head = before;
  const results = appends.map(({ append, events }, n): CallResult => {
    const refusal = refusals.get(n);
    if (!refusal) return { kind: 'appended', incarnation, position: (head += events.length), recordedAt };
    const { n: _, ...rest } = refusal;
    if (rest.kind !== 'duplicate') return rest;
    const { position, sameRequest, result } = rest;
    if (resent && isOwn(append, rest))
      return { kind: 'appended', incarnation, position, recordedAt: new Date(rest.recordedAt).toISOString() };
    return { kind: 'duplicate', incarnation, position, sameRequest, result };
  });
  return { results, head };
}
