import { DeliveryLine } from './delivery-line';

describe('delivery line', () => {
  const acked: number[] = [];
  const push = (line: DeliveryLine, until: number, arrival: number) =>
    line.push(until, arrival, () => acked.push(until));
  beforeEach(() => (acked.length = 0));

  it('acknowledges nothing before the checkpoint has passed it and all that came before it', () => {
    const line = new DeliveryLine(10);
    push(line, 2, 1);
    push(line, 1, 2);
    line.settle(1);
    expect(acked).toEqual([]);
    line.settle(2);
    expect(acked).toEqual([1]);
  });

  it('a forged delivery does not hold back the others for ever', () => {
    const line = new DeliveryLine(10);
    push(line, 1000, 1);
    push(line, 3, 2);
    line.settle(3);
    expect(acked).toEqual([]);
    expect(line.forgetBeyond(5, 2)).toBe(1);
    line.settle(3);
    expect(acked).toEqual([3]);
  });

  it('is bounded', () => {
    const line = new DeliveryLine(2);
    for (let i = 1; i <= 5; i++) push(line, i === 1 ? 1e9 : i, i);
    line.settle(5);
    expect(acked).toEqual([5]);
  });
});
