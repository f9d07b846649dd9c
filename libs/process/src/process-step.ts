/** What a process step is: events of another service's log in, events of one's own streams out, decided purely. */
import type { LogName } from '@foldline/contracts';
import type { NewEvent } from '@foldline/event-log';
import type { EventFrom } from '@foldline/projections';

/** Events for one stream; a stream that `streams` did not name must be new. */
export interface Reaction<Event> {
  readonly stream: string;
  readonly events: readonly Event[];
}

/** Why a trigger cannot be handled: it is set aside with what comes later for its key, and told; the rest goes on. */
export interface Park {
  readonly park: string;
}

/** The states of the streams that `streams` named, with what earlier triggers of the batch did to them. */
export interface States<State> {
  get(stream: string): State;
}

/**
 * Never run by a replay: its effects are real. `kind` keeps it apart from a projection, so that handing one where the
 * other belongs does not compile.
 */
export interface ProcessStep<From extends LogName, State, Event extends NewEvent> {
  readonly kind: 'process-step';
  readonly name: string;
  readonly from: From;
  /** The state of a stream without events. */
  readonly initial: State;
  evolve(state: State, event: Event): State;
  /** Triggers of one key are handled in order; where one cannot be, later ones of its key wait. */
  keyOf(trigger: EventFrom<From>): string;
  /** The streams whose states the step decides by. */
  streams(trigger: EventFrom<From>): readonly string[];
  /** Pure. No reactions: the trigger is none of this step's business. */
  react(states: States<State>, trigger: EventFrom<From>): readonly Reaction<Event>[] | Park;
}

export const defineProcessStep = <From extends LogName, State, Event extends NewEvent>(
  step: Omit<ProcessStep<From, State, Event>, 'kind'>,
): ProcessStep<From, State, Event> => ({ kind: 'process-step', ...step });
