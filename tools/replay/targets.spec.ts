import { targetsOf } from './targets';

it('without READ_PARTITION the read model is the whole', () => {
  expect(targetsOf('user-orders', {})[0]!.model.projection.partition).toBeUndefined();
});

it('READ_PARTITION names the part of the read model; what is never split stays whole', () => {
  const partitions = targetsOf(undefined, { READ_PARTITION: '2/4' }).map(({ model }) => model.projection.partition);
  expect(partitions).toEqual([{ number: 2, of: 4 }, undefined, undefined]);
});

it.each(['3/2', 'half'])('READ_PARTITION=%s is refused', READ_PARTITION => {
  expect(() => targetsOf('user-orders', { READ_PARTITION })).toThrow('READ_PARTITION must be like 1/2');
});
