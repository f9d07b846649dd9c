import { idOf, SampleLog } from '../testing';
import { followingOn, judgeHead, judgeMessage, judgePage } from './judgements';

const log = new SampleLog('products');
log.appendStock(6);
const at = (position: number) => log.events[position - 1]!;
const checkpoint = { incarnation: log.incarnation, position: 3, eventId: at(3).eventId };
const head = { incarnation: log.incarnation, position: 6, recordedAt: null, eventIdAt: at(3).eventId };
const knows = (position: number) => (position === 2 ? at(2).eventId : undefined);

describe('a message', () => {
  it.each([
    ['of the next position is taken', at(4), 'take'],
    ['of a later position is taken', at(6), 'take'],
    ['at the checkpoint is a duplicate', at(3), 'duplicate'],
    ['from long ago is a duplicate', at(1), 'duplicate'],
    ['with another id at the checkpoint is a fork', { ...at(3), eventId: idOf('x') }, 'fork'],
    ['with another id at a position applied lately is a fork', { ...at(2), eventId: idOf('x') }, 'fork'],
    ['of another log is refused', { ...at(4), log: 'users' as const }, 'refuse'],
    ['of another incarnation is refused, also at the next position', { ...at(4), incarnation: idOf('x') }, 'refuse'],
  ])('%s', (_, event, kind) => {
    expect(judgeMessage('products', checkpoint, knows, event).kind).toBe(kind);
  });
});

describe('the head of a log', () => {
  it.each([
    ['is behind when there is more', head, 'behind'],
    ['is level when there is no more', { ...head, position: 3 }, 'level'],
    ['halts when the incarnation differs', { ...head, incarnation: idOf('x') }, 'halt'],
    ['halts when the log ends before the checkpoint', { ...head, position: 2, eventIdAt: null }, 'halt'],
    ['halts when another event is at the checkpoint', { ...head, eventIdAt: idOf('x') }, 'halt'],
    ['halts when the owner does not say what is at the checkpoint', { ...head, eventIdAt: undefined }, 'halt'],
  ])('%s', (_, answer, kind) => {
    expect(judgeHead(checkpoint, answer).kind).toBe(kind);
  });
  it('never halts a sink that has applied nothing', () => {
    expect(judgeHead({ incarnation: '', position: 0, eventId: '' }, head)).toEqual({ kind: 'behind', by: 6 });
  });
});

describe('a page of the log', () => {
  it('is taken when it follows without a hole', () => {
    expect(judgePage('products', log.incarnation, 3, [at(4), at(5)]).kind).toBe('take');
  });
  it.each([
    ['with a hole', [at(4), at(6)]],
    ['that starts elsewhere', [at(5)]],
    ['of another incarnation', [{ ...at(4), incarnation: idOf('x') }]],
    ['of another log', [{ ...at(4), log: 'users' as const }]],
  ])('is refused %s', (_, page) => {
    expect(judgePage('products', log.incarnation, 3, page).kind).toBe('refuse');
  });
});

describe('events in a row', () => {
  it('follow the checkpoint and one another by the id of the event before', () => {
    expect(followingOn(checkpoint, [at(4), at(5), at(6)])).toBe(3);
    expect(followingOn({ incarnation: log.incarnation, position: 0, eventId: '' }, [at(1), at(2)])).toBe(2);
  });
  it.each([
    ['of a log that was set back', [{ ...at(4), previousId: idOf('x') }], 0],
    ['that says nothing of the one before', [{ ...at(4), previousId: undefined }], 0],
    ['behind one that was forged', [{ ...at(4), eventId: idOf('x') }, at(5)], 1],
  ])('and not one %s', (_, events, count) => {
    expect(followingOn(checkpoint, events)).toBe(count);
  });
});
