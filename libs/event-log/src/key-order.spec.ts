import { inKeyOrder } from './key-order';

it('orders keys as jsonb does, at every depth, and leaves alone what is in order', () => {
  const value = { orderId: 1, items: [{ quantity: 1, id: 2 }], é: 3, zz: null, a: 'x', b: { bb: 1, a: 2 } };
  expect(JSON.stringify(inKeyOrder(value))).toBe(
    '{"a":"x","b":{"a":2,"bb":1},"zz":null,"é":3,"items":[{"id":2,"quantity":1}],"orderId":1}',
  );
  const odd: unknown = JSON.parse('{"bb":1,"__proto__":{"bb":1,"a":2},"a":3}');
  expect(JSON.stringify(inKeyOrder(odd))).toBe('{"a":3,"bb":1,"__proto__":{"a":2,"bb":1}}');
  for (const same of [{ a: 1, b: [{ c: 1 }] }, [], [1, 'x'], null, 'x', 7]) expect(inKeyOrder(same)).toBe(same);
});
