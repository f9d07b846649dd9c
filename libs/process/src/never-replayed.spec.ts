/** Effects never fire in a replay: a process step is no projection, and what rebuilds takes nothing else. Held by the type check. */
import { MemoryFold, type Projection } from '@foldline/projections';
import { defineProcessStep } from './process-step';

const step = defineProcessStep<'orders', null, never>({
  name: 'a step',
  from: 'orders',
  keyOf: event => event.stream,
  initial: null,
  evolve: state => state,
  streams: () => [],
  react: () => [],
});

it('a process step cannot be folded as a projection', () => {
  // @ts-expect-error -- a step has effects
  const asProjection: Projection = step;
  expect((asProjection as { kind: string }).kind).not.toBe('projection');
  // @ts-expect-error -- a step has effects
  expect(() => new MemoryFold(step)).toThrow();
});
