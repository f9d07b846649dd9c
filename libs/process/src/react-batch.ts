/** Handles a batch of triggers in memory, in the order of their log: the states evolve as it goes, nothing is written. */
import { encodeCloudEvent, InvalidEventError, upcastEvent, type LogName, type StoredEvent } from '@foldline/contracts';
import type { NewEvent, ParkedTrigger, StateAt, StreamWrite } from '@foldline/event-log';
import type { EventFrom } from '@foldline/projections';
import type { ProcessStep, Reaction } from './process-step';

export interface Reacted<State> {
  readonly writes: readonly StreamWrite[];
  readonly parked: readonly ParkedTrigger[];
  /** What the streams are after the writes. */
  readonly after: ReadonlyMap<string, StateAt<State>>;
}

interface Working<State> {
  state: State;
  readonly expectedVersion: number;
  readonly events: NewEvent[];
}

/** Triggers that can be handled, upcast; and those that cannot, with the reason. */
export type Trigger<From extends LogName> = { readonly stored: StoredEvent; readonly key: string } & (
  { readonly event: EventFrom<From>; readonly streams: readonly string[] } | { readonly reason: string }
);

export function readTriggers<From extends LogName>(
  { keyOf, streams }: Pick<ProcessStep<From, never, never>, 'keyOf' | 'streams'>,
  events: readonly StoredEvent[],
): Trigger<From>[] {
  return events.map(stored => {
    let key = stored.stream;
    try {
      const event = upcastEvent(stored) as EventFrom<From>;
      key = keyOf(event);
      return { stored, event, key, streams: streams(event) };
    } catch (error) {
      return { stored, key, reason: error instanceof InvalidEventError ? error.reason : 'the step cannot read it' };
    }
  });
}

export function reactBatch<From extends LogName, State, Event extends NewEvent>(
  step: ProcessStep<From, State, Event>,
  triggers: readonly Trigger<From>[],
  loaded: ReadonlyMap<string, StateAt<State>>,
  parkedKeys: ReadonlySet<string>,
): Reacted<State> {
  const working = new Map<string, Working<State>>(
    [...loaded].map(([stream, { state, version }]) => [stream, { state, expectedVersion: version, events: [] }]),
  );
  const nowParked = new Set(parkedKeys);
  const parked: ParkedTrigger[] = [];
  const states = { get: (stream: string) => working.get(stream)?.state ?? step.initial };
  for (const trigger of triggers) {
    const waits = nowParked.has(trigger.key) || nowParked.has(trigger.stored.stream);
    const reactions = waits ? 'an earlier event of its key is parked' : tryReact(step, states, trigger);
    if (typeof reactions === 'string') {
      nowParked.add(trigger.key);
      parked.push({
        position: trigger.stored.position,
        key: trigger.key,
        reason: reactions,
        event: encodeCloudEvent(trigger.stored),
      });
      continue;
    }
    for (const { stream, events, state } of reactions) {
      const at = working.get(stream) ?? { state, expectedVersion: 0, events: [] };
      working.set(stream, at);
      for (const event of events) at.events.push({ ...event, metadata: causeOf(trigger.stored) });
      at.state = state;
    }
  }
  const written = [...working].filter(([, { events }]) => events.length > 0);
  return {
    writes: written.map(([stream, { expectedVersion, events }]) => ({ stream, expectedVersion, events })),
    parked,
    after: new Map(
      written.map(([stream, { state, expectedVersion, events }]) => [
        stream,
        { state, version: expectedVersion + events.length },
      ]),
    ),
  };
}

const causeOf = ({ eventId, metadata: { correlationId, traceparent } }: StoredEvent) => ({
  causationId: eventId,
  correlationId,
  ...(traceparent && { traceparent }),
});

/** Reactions and the states they lead to, or why there can be none; what fails half-way has changed nothing. */
function tryReact<From extends LogName, State, Event extends NewEvent>(
  step: ProcessStep<From, State, Event>,
  states: { get(stream: string): State },
  trigger: Trigger<From>,
): readonly (Reaction<Event> & { readonly state: State })[] | string {
  if ('reason' in trigger) return trigger.reason;
  try {
    const reactions = step.react(states, trigger.event);
    if ('park' in reactions) return reactions.park;
    const evolved = new Map<string, State>();
    return reactions.map(({ stream, events }) => {
      const before = evolved.has(stream) ? evolved.get(stream)! : states.get(stream);
      const state = events.reduce((at, event) => step.evolve(at, event), before);
      evolved.set(stream, state);
      return { stream, events, state };
    });
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : 'the step failed';
  }
}
