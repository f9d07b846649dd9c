import { arrayLiteral } from './array-literal';

describe('array literal', () => {
  it.each([
    [[1, -2.5, true, null, undefined], '{1,-2.5,true,NULL,NULL}'],
    [['plain-1', '2026-01-01T00:00:00.000Z'], '{plain-1,2026-01-01T00:00:00.000Z}'],
    [['', 'null', 'NULL', ' a '], '{"","null","NULL"," a "}'],
    [['a,b', '{x}', 'q"q', 'back\\slash'], '{"a,b","{x}","q\\"q","back\\\\slash"}'],
    [[{ a: ['x'] }], '{"{\\"a\\":[\\"x\\"]}"}'],
  ])('of %j cannot be taken for other values', (values, literal) => {
    expect(arrayLiteral(values)).toBe(literal);
  });
});
