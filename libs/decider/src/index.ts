/** The shape of a pure domain: decide what a command does to a state, evolve the state by what happened. */

export type Decision<Event, Rejection> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

export interface Decider<Command, State, Event, Rejection> {
  readonly initial: State;
  /** Knows no clock, no random, no I/O: ids, time and looked-up facts are in the command. */
  decide(command: Command, state: State): Decision<Event, Rejection>;
  evolve(state: State, event: Event): State;
}

/** The command is taken; no events means that it changes nothing. */
export const accept = <Event>(...events: readonly Event[]): Decision<Event, never> => ({ kind: 'accepted', events });
/** The command is refused; nothing happens. */
export const reject = <const Rejection>(rejection: Rejection): Decision<never, Rejection> => ({
  kind: 'rejected',
  rejection,
});
