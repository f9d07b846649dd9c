/** What a log gives back. */
import { encodeCloudEvent, readCloudEventEnvelope, type EncodedEvent } from '@foldline/contracts';
import type { LogUnderTest } from './log-under-test';
import { appendTo, newId, received } from './sample-appends';

export function readingContract(under: () => LogUnderTest): void {
  const log = () => under().log;
  const append = (...args: Parameters<typeof appendTo>) => log().append(appendTo(...args));

  describe('reading', () => {
    it('an event comes back as it went, with its place and time', async () => {
      const [id, productId] = [newId(), newId()];
      const metadata = { correlationId: newId(), causationId: newId(), traceparent: '00-a-b-01', actor: newId() };
      const own = { causationId: newId() };
      const result = await append('', 0, {
        id,
        metadata,
        writes: [{ stream: 'product-a', expectedVersion: 0, events: [{ ...received(7, productId), metadata: own }] }],
      });
      if (result.kind !== 'appended') throw new Error('not appended');
      const [event] = await log().read(0, 10);
      expect(event).toMatchObject({
        log: 'products',
        incarnation: result.incarnation,
        position: 1,
        stream: 'product-a',
        version: 1,
        type: 'StockReceived',
        schemaVersion: 1,
        data: { productId, quantity: 7 },
        metadata: { ...metadata, ...own, commandId: id },
        recordedAt: result.recordedAt,
      });
      expect(event?.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const { previousId, ...loaded } = event!;
      expect(previousId).toBe('');
      expect((await log().load('product-a', 0)).events).toEqual([loaded]);
    });

    it('pages are in order, limited in number and in bytes, and hold at least one event', async () => {
      for (let i = 0; i < 6; i++) await append(`product-${i}`, 0);
      const positions = async (...page: [number, number, number?]) => (await log().read(...page)).map(e => e.position);
      expect(await positions(0, 4)).toEqual([1, 2, 3, 4]);
      expect(await positions(4, 4)).toEqual([5, 6]);
      expect(await positions(6, 4)).toEqual([]);
      expect(await positions(2, 4, 1)).toEqual([3]);
      expect((await positions(0, 6, 1_500)).length).toBeLessThan(6);
    });

    it('every event names the one before it, also the first of a page', async () => {
      for (let i = 0; i < 5; i++) await append(`product-${i}`, 0);
      const ids = (await log().read(0, 5)).map(event => event.eventId);
      for (const after of [0, 1, 3])
        expect((await log().read(after, 2)).map(event => event.previousId)).toEqual(
          [after, after + 1].slice(0, 5 - after).map(i => ids[i - 1] ?? ''),
        );
      expect((await log().read(3, 2, 1)).map(event => event.previousId)).toEqual([ids[2]]);
    });

    it('for the wire it gives the same page, as it was written', async () => {
      const metadata = { correlationId: newId(), causationId: newId(), traceparent: '00-a-b-01', actor: newId() };
      const data = { productId: newId(), quantity: 1, note: 'a "quoted" \\ note, 1: [2, 3] 😀' };
      const noted = { type: 'StockReceived', data };
      await append('', 0, { metadata, writes: [{ stream: 'product-a', expectedVersion: 0, events: [noted] }] });
      await append('product-b', 0, { events: 4 });
      for (const [after, limit, maxBytes] of [
        [0, 10],
        [1, 2],
        [2, 3, 1],
        [5, 2],
      ] as const) {
        const events = await log().read(after, limit, maxBytes);
        const encoded = await log().readEncoded(after, limit, maxBytes);
        expect(encoded.map(({ text }) => readCloudEventEnvelope(JSON.parse(text)))).toEqual(events);
        const joined = JSON.parse(`[${(await log().readJoined(after, limit, maxBytes)).pieces.join()}]`) as unknown[];
        expect(JSON.stringify(joined)).toBe(JSON.stringify(encoded.map(({ text }) => JSON.parse(text) as unknown)));
        expect(encoded).toMatchObject(
          events.map(({ log: of, incarnation, position, type }) => ({ log: of, incarnation, position, type })),
        );
      }
    });

    it('leaves out what is not wanted from inside a page, and says how much that is', async () => {
      const other = { type: 'ProductRepriced', data: { productId: newId(), price: 5 } };
      for (let n = 0; n < 8; n += 1)
        await append('', 0, {
          writes: [{ stream: `product-${n}`, expectedVersion: 0, events: [n % 3 === 1 ? other : received(n + 1)] }],
        });
      const page = async (after: number, limit: number, maxBytes?: number) => {
        const { pieces, leftOut } = await log().readJoined(after, limit, maxBytes, ['StockReceived', 'Unknown']);
        return [(JSON.parse(`[${pieces.join()}]`) as { position: number }[]).map(({ position }) => position), leftOut];
      };
      expect(await page(0, 10)).toEqual([[1, 2, 5, 8], 4]);
      expect(await page(2, 5)).toEqual([[3, 5, 7], 2]);
      expect(await page(2, 1)).toEqual([[3], 0]);
      expect(await page(5, 2, 1)).toEqual([[6], 0]);
      expect(await page(8, 5)).toEqual([[], 0]);
    });

    it('what was appended here a moment ago is given as it would be read, from any event that is known', async () => {
      const data = { productId: newId(), quantity: 1, note: 'a "quoted" \\ note 😀', rate: 1e-7, many: 1e21 };
      const metadata = { correlationId: newId(), causationId: newId(), traceparent: '00-a-b-01', actor: newId() };
      const writes = [{ stream: 'product-a', expectedVersion: 0, events: [{ type: 'StockReceived', data }] }];
      await append('', 0, { metadata, writes });
      await append('product-c', 0, { events: 2 });
      await append('product-b', 0, { events: 3 });
      // To the order of keys: readers store parts of it as text, and a rebuild must come to the same bytes.
      const texts = (events: readonly EncodedEvent[]) => events.map(({ text }) => JSON.stringify(JSON.parse(text)));
      for (const [after, limit, maxBytes] of [
        [1, 10],
        [2, 2],
        [1, 3, 1],
        [4, 5],
      ] as const)
        // prettier-ignore
        expect(texts(log().recentlyAppended(after, limit, maxBytes))).toEqual(
          texts(await log().readEncoded(after, limit, maxBytes)),
        );
      expect(log().recentlyAppended(6, 5)).toEqual([]);
    });

    it('a large event is no larger on the wire than it was measured', async () => {
      // The text that a database makes of it has a space after every comma.
      const data = { productId: newId(), quantity: 1, many: Array.from({ length: 40_000 }, () => 1) };
      const large = { type: 'StockReceived', data };
      await append('', 0, { writes: [{ stream: 'product-a', expectedVersion: 0, events: [large] }] });
      const [[event], [encoded]] = [await log().read(0, 1), await log().readEncoded(0, 1)];
      expect(encoded?.text.length).toBe(encodeCloudEvent(event!).length);
      expect(await log().readJoined(0, 1)).toEqual({ pieces: [encoded?.text], leftOut: 0 });
    });

    it('head tells identity, end, time, and the event at a position', async () => {
      expect(await log().head()).toMatchObject({ position: 0, recordedAt: null });
      await append('product-a', 0, { events: 2 });
      const [, second] = await log().read(0, 2);
      expect(await log().head(2)).toEqual({
        incarnation: second?.incarnation,
        position: 2,
        recordedAt: second?.recordedAt,
        eventIdAt: second?.eventId,
      });
      expect(await log().head(3)).toMatchObject({ position: 2, eventIdAt: null });
    });

    it('a stream is loaded after a version', async () => {
      await append('product-a', 0, { events: 3 });
      await append('product-b', 0);
      const versions = async (stream: string, after: number) =>
        (await log().load(stream, after)).events.map(e => e.version);
      expect(
        await Promise.all([versions('product-a', 0), versions('product-a', 2), versions('product-none', 0)]),
      ).toEqual([[1, 2, 3], [3], []]);
      expect(await versions('product-a', 3)).toEqual([]);
    });

    it('a snapshot stands for the events before it, under its fingerprint only', async () => {
      await append('product-a', 0, { events: 5 });
      const at = (version: number) => ({ stream: 'product-a', version, fingerprint: 'f1', state: { sum: version } });
      await log().saveSnapshots([at(3)]);
      await log().saveSnapshots([at(2)]);
      const tail = await log().load('product-a', 0, 'f1');
      const { incarnation } = await log().head();
      expect(tail.snapshot).toEqual({ version: 3, state: { sum: 3 }, at: { incarnation, position: 3 } });
      expect(tail.events.map(event => event.version)).toEqual([4, 5]);
      expect((await log().load('product-a', 3, 'f1')).snapshot).toBeUndefined();
      const other = await log().load('product-a', 0, 'f2');
      expect(other.snapshot).toBeUndefined();
      expect(other.events).toHaveLength(5);
    });

    it('who asked to be told hears of every append that wrote', async () => {
      const heads: number[] = [];
      const stop = log().onAppended(head => heads.push(head));
      await append('product-a', 0, { events: 2 });
      await append('product-a', 0);
      stop();
      await append('product-b', 0);
      expect(heads).toEqual([2]);
    });
  });
}
