/** Given-when-then for deciders: given past events, when a command, then events or a rejection. */
import type { Decider } from '../index';

export function specOf<Command, State, Event, Rejection>(decider: Decider<Command, State, Event, Rejection>) {
  return {
    given: (...past: readonly Event[]) => ({
      when: (command: Command) => {
        const decision = decider.decide(
          command,
          past.reduce<State>((state, event) => decider.evolve(state, event), decider.initial),
        );
        return {
          then: (...events: readonly Event[]) => expect(decision).toEqual({ kind: 'accepted', events }),
          thenRejected: (rejection: Rejection) => expect(decision).toEqual({ kind: 'rejected', rejection }),
        };
      },
    }),
  };
}
