import fc from 'fast-check';
import { SampleLog } from '../testing';
import { ReorderBuffer } from './reorder-buffer';

const log = new SampleLog('products');
log.appendStock(60);
const at = (position: number) => log.events[position - 1]!;

describe('reorder buffer', () => {
  it('hands out events in order only, however they came', () => {
    const buffer = new ReorderBuffer(10);
    expect([3, 1].map(position => buffer.offer(at(position), position))).toEqual(['held', 'held']);
    expect(buffer.ready(10)).toEqual([at(1)]);
    expect(buffer.hole(3)).toEqual({ after: 1, upTo: 2 });
    buffer.offer(at(2), 3);
    expect(buffer.ready(2)).toEqual([at(1), at(2)]);
    expect(buffer.hole(3)).toBeUndefined();
  });

  it('tells duplicates, forks and what is too far ahead apart', () => {
    const buffer = new ReorderBuffer(5);
    buffer.moveTo(2);
    buffer.offer(at(4), 1);
    expect(buffer.offer(at(2), 2)).toBe('duplicate');
    expect(buffer.offer(at(4), 3)).toBe('duplicate');
    expect(buffer.offer({ ...at(4), eventId: 'other' }, 4)).toBe('fork');
    expect(buffer.offer(at(8), 5)).toBe('beyond');
  });

  it('a forgotten position is a hole again', () => {
    const buffer = new ReorderBuffer(10);
    for (const position of [1, 2, 3]) buffer.offer(at(position), position);
    buffer.forget(2);
    expect(buffer.ready(10)).toEqual([at(1)]);
    expect(buffer.hole(3)).toEqual({ after: 1, upTo: 2 });
    expect(buffer.holed).toBe(true);
  });

  it('what claimed to be beyond the head is forgotten, but not what came after the owner was asked', () => {
    const buffer = new ReorderBuffer(20);
    buffer.offer(at(9), 1);
    buffer.offer(at(5), 2);
    buffer.offer(at(10), 3);
    buffer.forgetBeyond(6, 2);
    expect([buffer.idAt(5), buffer.idAt(9), buffer.idAt(10)]).toEqual([at(5).eventId, undefined, at(10).eventId]);
  });

  it('whatever is offered and applied, memory is bounded and ready events follow the checkpoint without a hole', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('offer' as const), position: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ kind: fc.constant('apply' as const), count: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ kind: fc.constant('forget' as const), position: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ kind: fc.constant('restore' as const), position: fc.integer({ min: 0, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const buffer = new ReorderBuffer(12);
        let applied = 0;
        for (const next of steps) {
          if (next.kind === 'offer') buffer.offer(at(next.position), 1);
          else if (next.kind === 'forget') buffer.forget(next.position);
          else {
            applied = next.kind === 'restore' ? next.position : applied + buffer.ready(next.count).length;
            buffer.moveTo(applied);
          }
          const ready = buffer.ready(100).map(({ position }) => position);
          expect(ready).toEqual(ready.map((_, i) => applied + 1 + i));
          expect(buffer.wholeUpTo).toBe(applied + ready.length);
          expect(buffer.size).toBeLessThanOrEqual(12);
          const hole = buffer.hole(60);
          if (hole) expect(buffer.idAt(hole.upTo)).toBeUndefined();
        }
      }),
    );
  });
});
