/** Which answers may be kept, and what somebody gets who has one already. */
import { Controller, Get, Post } from '@nestjs/common';
import { KeptByAnyone, KeptByOwner, problem, Public } from '@foldline/service-kit';
import { callOn, startKitApp, type Answer, type KitApp } from './kit-app';

let text = 'first';

@Controller('kept')
class KeptController {
  @Get('public') @Public() @KeptByAnyone(5) shown(): object {
    return { text };
  }
  @Get('own') @Public() @KeptByOwner() own(): object {
    return { text };
  }
  @Get('never') @Public() never(): object {
    return { text };
  }
  @Get('refused') @Public() @KeptByAnyone(5) refused(): object {
    throw problem('not-found');
  }
  @Post('public') @Public() made(): object {
    return { text };
  }
}

let service: KitApp;
let call: ReturnType<typeof callOn>;
beforeAll(async () => {
  service = await startKitApp({}, { controllers: [KeptController] });
  call = callOn(service);
});
afterAll(() => service.stop());

const get = (path: string, tag?: unknown): Promise<Answer> =>
  call('GET', path, tag === undefined ? {} : { headers: { 'if-none-match': String(tag) } });

it.each([
  ['/kept/public', 'public, max-age=5', 'consistency-token'],
  ['/kept/own', 'private, no-cache', 'authorization'],
])('%s has a strong tag, and is a 304 as long as it says the same', async (path, control, vary) => {
  text = 'first';
  const { headers, body } = await get(path);
  expect([headers['cache-control'], headers['vary'], body]).toEqual([control, vary, { text }]);
  const { etag } = headers;
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  for (const tag of [etag, `W/${String(etag)}`, `"other", ${String(etag)}`, '*']) {
    const same = await get(path, tag);
    expect([same.status, same.text, same.headers['etag'], same.headers['cache-control']]).toEqual([
      304,
      '',
      etag,
      control,
    ]);
  }
  expect((await get(path, '"other"')).status).toBe(200);
  text = 'second';
  const changed = await get(path, etag);
  expect([changed.status, changed.body]).toEqual([200, { text }]);
  expect(changed.headers['etag']).not.toBe(etag);
});

it('nobody keeps what nothing was said about, a problem, or the answer to a change', async () => {
  for (const answer of [
    await get('/kept/never', '*'),
    await get('/kept/refused'),
    await call('POST', '/kept/public', { headers: { 'if-none-match': '*' } }),
  ]) {
    expect([200, 201, 404]).toContain(answer.status);
    expect([answer.headers['cache-control'], answer.headers['etag']]).toEqual(['no-store', undefined]);
  }
});
