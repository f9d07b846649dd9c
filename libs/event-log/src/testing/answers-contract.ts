/** What an append answers. */
import { eventIdOf } from '../event-ids';
import { EventTooLargeError } from '../event-log.port';
import type { LogUnderTest } from './log-under-test';
import { appendTo, newId, received, stepTo } from './sample-appends';

export function answersContract(under: () => LogUnderTest): void {
  const log = () => under().log;
  const append = (...args: Parameters<typeof appendTo>) => log().append(appendTo(...args));

  describe('versions', () => {
    it('an append at the expected version is given the next positions', async () => {
      expect(await append('product-a', 0, { events: 2 })).toMatchObject({ kind: 'appended', position: 2 });
      expect(await append('product-b', 0)).toMatchObject({ kind: 'appended', position: 3 });
      expect(await append('product-a', 2)).toMatchObject({ kind: 'appended', position: 4 });
    });

    it('an append at another version writes nothing and says which it is', async () => {
      await append('product-a', 0, { events: 2 });
      for (const expected of [0, 1, 3])
        expect(await append('product-a', expected)).toEqual({ kind: 'conflict', stream: 'product-a', actual: 2 });
      expect(await append('product-new', 1)).toMatchObject({ kind: 'conflict', actual: 0 });
      expect(await log().head()).toMatchObject({ position: 2 });
    });

    it('what is refused leaves the head as it was, beside what is accepted and alone', async () => {
      expect(await append('product-a', 7)).toMatchObject({ kind: 'conflict' });
      expect(await log().head()).toMatchObject({ position: 0, recordedAt: null });
      await append('product-a', 0, { events: 2 });
      const before = await log().head(2);
      expect(await append('product-a', 7, { events: 3 })).toMatchObject({ kind: 'conflict' });
      expect(await log().head(2)).toEqual(before);
      const together = [append('product-b', 0), append('product-a', 7, { events: 3 }), append('product-c', 0)];
      expect((await Promise.all(together)).map(({ kind }) => kind)).toEqual(['appended', 'conflict', 'appended']);
      expect(await log().head()).toMatchObject({ position: 4 });
    });

    it('writes of one append happen all or none', async () => {
      await append('product-a', 0);
      const write = (stream: string, expectedVersion: number) => ({ stream, expectedVersion, events: [received()] });
      const both = (a: number, b: number) => append('', 0, { writes: [write('product-b', b), write('product-a', a)] });
      expect(await both(0, 0)).toMatchObject({ kind: 'conflict', stream: 'product-a' });
      expect((await log().load('product-b', 0)).events).toEqual([]);
      expect(await both(1, 0)).toMatchObject({ kind: 'appended', position: 3 });
    });

    it('appends on one stream asked for together are carried out in that order', async () => {
      const kinds = (await Promise.all([0, 1, 2, 1].map(version => append('product-a', version)))).map(r => r.kind);
      expect(kinds).toEqual(['appended', 'appended', 'appended', 'conflict']);
    });
  });

  describe('commands', () => {
    const keyed = (id: string, requestHash = 'h1', alsoStoredAs: string[] = []) => ({
      command: { id, requestHash, alsoStoredAs, result: { status: 201 } },
    });

    it('a repeated command gets the first answer and writes nothing', async () => {
      const id = newId();
      const first = await append('product-a', 0, keyed(id));
      await append('product-b', 0);
      expect(first).toMatchObject({ kind: 'appended', position: 1 });
      const again = { kind: 'duplicate', position: 1, sameRequest: true, result: { status: 201 } };
      expect(await append('product-a', 1, keyed(id))).toMatchObject(again);
      expect(await append('product-other', 0, keyed(id))).toMatchObject(again);
      expect(await log().head()).toMatchObject({ position: 2 });
    });

    it('a repeated command whose answer nobody asked to keep is known by its events', async () => {
      const again = appendTo('product-a', 0, { events: 2 });
      await log().append(again);
      expect(await log().append(again)).toMatchObject({
        kind: 'duplicate',
        position: 2,
        sameRequest: true,
        result: null,
      });
      const { id } = again.command;
      expect(await append('product-a', 2, { id })).toMatchObject({ kind: 'duplicate', position: 2 });
      expect(await log().head()).toMatchObject({ position: 2 });
    });

    it('the same command id with another request is told apart', async () => {
      const id = newId();
      await append('product-a', 0, keyed(id));
      expect(await append('product-a', 1, keyed(id, 'h2'))).toMatchObject({ kind: 'duplicate', sameRequest: false });
    });

    it('a command stored under an earlier id of its key is found', async () => {
      const id = newId();
      await append('product-a', 0, keyed(id));
      expect(await append('product-a', 1, keyed(newId(), 'h1', [id]))).toMatchObject({
        kind: 'duplicate',
        position: 1,
      });
      expect(await append('product-a', 1, keyed(newId(), 'h1', [newId()]))).toMatchObject({ kind: 'appended' });
      expect(await log().findCommand([newId(), id])).toMatchObject({ requestHash: 'h1', position: 1 });
      expect(await log().findCommand([newId()])).toBeUndefined();
    });

    it('a repeat writes no second copy even when the answer was forgotten, and fails no neighbour', async () => {
      const id = newId();
      await append('product-a', 0, { ...keyed(id), events: 1 });
      await under().forgetCommands();
      const [repeat, neighbour] = await Promise.all([append('product-a', 1, keyed(id)), append('product-b', 0)]);
      expect(repeat).toMatchObject({ kind: 'duplicate', position: 1, sameRequest: true, result: null });
      expect(neighbour).toMatchObject({ kind: 'appended', position: 2 });
    });

    it('of a hundred equal commands at once one is carried out', async () => {
      const id = newId();
      const results = await Promise.all(Array.from({ length: 100 }, (_, i) => append(`product-${i}`, 0, keyed(id))));
      expect(results.filter(result => result.kind === 'appended')).toHaveLength(1);
      expect(results.filter(result => result.kind === 'duplicate' && result.sameRequest)).toHaveLength(99);
      expect(await log().head()).toMatchObject({ position: 1 });
    });

    it('a command that changes nothing keeps its answer too', async () => {
      await append('product-a', 0);
      const id = newId();
      expect(await append('', 0, { writes: [], ...keyed(id) })).toMatchObject({ kind: 'appended', position: 1 });
      expect(await append('', 0, { writes: [], ...keyed(id) })).toMatchObject({ kind: 'duplicate', position: 1 });
      expect(await append('', 0, { writes: [] })).toMatchObject({ kind: 'appended' });
    });

    it('event ids derive from the command id', async () => {
      const id = newId();
      await append('product-a', 0, { id, events: 2 });
      const ids = (await log().read(0, 10)).map(event => event.eventId);
      expect(ids).toEqual([eventIdOf(id, 0), eventIdOf(id, 1)]);
    });
  });

  describe('claims', () => {
    const claim = (value: string, stream: string) => ({ scope: 'email', value, stream });

    it('a claimed value is refused to every other stream until it is given up', async () => {
      const claims = (stream: string) => ({ claims: [claim('x', stream)] });
      expect(await append('product-a', 0, claims('product-a'))).toMatchObject({ kind: 'appended' });
      expect(await append('product-b', 0, claims('product-b'))).toEqual({ kind: 'claim-taken', scope: 'email' });
      expect(await append('product-a', 1, claims('product-a'))).toMatchObject({ kind: 'appended' });
      await append('product-a', 2, { releases: [claim('x', 'product-b')] });
      expect(await log().findClaim('email', 'x')).toBe('product-a');
      await append('product-a', 3, { releases: [claim('x', 'product-a')] });
      expect(await log().findClaim('email', 'x')).toBeUndefined();
      expect(await append('product-b', 0, claims('product-b'))).toMatchObject({ kind: 'appended' });
    });

    it('of many that claim a value at once one gets it', async () => {
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, i) => append(`product-${i}`, 0, { claims: [claim('x', `product-${i}`)] })),
      );
      expect(results.filter(result => result.kind === 'appended')).toHaveLength(1);
      expect(results.filter(result => result.kind === 'claim-taken')).toHaveLength(29);
    });

    it('a refused append claims nothing', async () => {
      await append('product-a', 5, { claims: [claim('x', 'product-a')] });
      expect(await log().findClaim('email', 'x')).toBeUndefined();
    });
  });

  describe('step checkpoints', () => {
    it('a checkpoint moves with what the step wrote, and only from where it is', async () => {
      const step = stepTo(0, 5);
      expect(await append('product-a', 0, { checkpoint: step })).toMatchObject({ kind: 'appended', position: 1 });
      expect(await append('product-b', 0, { checkpoint: stepTo(0, 5) })).toEqual({
        kind: 'checkpoint-moved',
        actual: 5,
      });
      expect(await append('product-b', 7, { checkpoint: stepTo(5, 6) })).toMatchObject({ kind: 'conflict' });
      const { incarnation, eventId } = step;
      expect(await log().stepState('reservation', 'orders')).toEqual({ incarnation, position: 5, eventId });
      expect(await log().stepState('reservation', 'users')).toBeUndefined();
      expect(await append('', 0, { writes: [], checkpoint: stepTo(5, 9) })).toMatchObject({ kind: 'appended' });
      expect(await log().head()).toMatchObject({ position: 1 });
    });

    it('of two that move a checkpoint at once one does', async () => {
      const results = await Promise.all([1, 2, 3, 4].map(n => append(`product-${n}`, 0, { checkpoint: stepTo(0, n) })));
      expect(results.map(result => result.kind).sort()).toEqual([
        'appended',
        'checkpoint-moved',
        'checkpoint-moved',
        'checkpoint-moved',
      ]);
    });

    it('parked triggers are kept with the checkpoint, in order', async () => {
      const parked = [4, 5].map(position => ({
        position,
        key: 'order-1',
        reason: 'unknown',
        event: '{"a":"\\u0000"}',
      }));
      await append('', 0, { writes: [], checkpoint: stepTo(0, 5, { parked }) });
      await append('', 0, { writes: [], checkpoint: stepTo(0, 6, { parked }) });
      expect(await log().parkedTriggers('reservation')).toMatchObject(parked.map(one => ({ ...one, log: 'orders' })));
      expect(await log().parkedTriggers('other')).toEqual([]);
    });
  });

  describe('what is refused', () => {
    const event = (data: object, type = 'StockReceived') => ({
      writes: [{ stream: 'product-a', expectedVersion: 0, events: [{ type, data }] }],
    });
    const details = { productId: newId(), title: 'T', description: '', image: '/i.svg', category: 'c' };

    it.each([
      ['an unknown type', event({}, 'NoSuchThing')],
      ['data that breaks a rule', event({ productId: 'no', quantity: 1 })],
      ['U+0000', event({ ...details, title: 'a\u0000b' }, 'ProductDetailsChanged')],
      ['half of a surrogate pair', event({ ...details, title: '\ud83d' }, 'ProductDetailsChanged')],
    ])('%s, without harm to neighbours', async (_, bad) => {
      const [refused, neighbour] = await Promise.allSettled([append('', 0, bad), append('product-b', 0)]);
      expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'InvalidEventError' } });
      expect(neighbour).toMatchObject({ status: 'fulfilled', value: { position: 1 } });
    });

    it('a backslash before u0000 is text like any other', async () => {
      await append('', 0, event({ ...details, title: 'a\\u0000b 😀' }, 'ProductDetailsChanged'));
      expect((await log().read(0, 1))[0]?.data).toMatchObject({ title: 'a\\u0000b 😀' });
    });

    it('an event too large for the transport, in bytes and not in characters', async () => {
      const metadata = { correlationId: newId(), causationId: newId(), actor: 'é'.repeat(500_000) };
      await expect(append('product-a', 0, { metadata })).rejects.toBeInstanceOf(EventTooLargeError);
      expect(await log().head()).toMatchObject({ position: 0 });
    });

    it('an append that contradicts itself', async () => {
      const write = { stream: 'product-a', expectedVersion: 0, events: [received()] };
      await expect(append('', 0, { writes: [write, write] })).rejects.toThrow(/writes a stream once/);
      await expect(append('product a"', 0)).rejects.toThrow(/a stream is named/);
      await expect(append('product-a', -1)).rejects.toThrow(/expected version/);
      await expect(append('product-a', 0, { id: 'x' })).rejects.toThrow(/UUID/);
    });
  });
}
