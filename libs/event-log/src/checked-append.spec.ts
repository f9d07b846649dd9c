import { encodeCloudEvent, type StoredEvent } from '@foldline/contracts';
import { checkAppend } from './checked-append';
import { appendTo, newId } from './testing';

it.each(['é', '😀', 'a'])('the size of an event is never less than it is on the wire (%s), and hardly more', letter => {
  const metadata = { correlationId: newId(), causationId: newId(), traceparent: letter.repeat(500), actor: newId() };
  const append = appendTo('product-a', 0, { metadata });
  const event = checkAppend('products', append, 900_000).events[0]!;
  const onTheWire = encodeCloudEvent({
    ...event,
    log: 'products',
    incarnation: newId(),
    position: Number.MAX_SAFE_INTEGER,
    previousId: newId(),
    data: JSON.parse(event.data) as object,
    metadata: JSON.parse(event.metadata) as StoredEvent['metadata'],
    recordedAt: new Date().toISOString(),
  });
  expect(event.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(onTheWire));
  expect(event.bytes).toBeLessThan(Buffer.byteLength(onTheWire) + 50);
});
