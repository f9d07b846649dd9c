import { jsonSerializer } from './json-wire';

const answer = (response: unknown, most: number) =>
  JSON.parse(Buffer.from(jsonSerializer(() => most).serialize({ response }).data as Uint8Array).toString()) as unknown;

describe('an answer over NATS', () => {
  it('goes as it is while the broker carries it', () => {
    const page = Buffer.from('{"events":[]}');
    expect(answer(page, page.length)).toEqual({ events: [] });
    expect(answer({ position: 7 }, 100)).toEqual({ position: 7 });
  });
  it('is an error that says what to do where the broker would not carry it', () => {
    expect(answer(Buffer.alloc(1000, 'x'), 999)).toEqual({
      error: { code: 'refused', message: expect.stringMatching(/1000 bytes.*at most 999.*max_payload/) },
    });
  });
});
