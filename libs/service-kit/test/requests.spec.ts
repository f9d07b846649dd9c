/** What every request gets, whatever it asks: ids, a trace, safe headers, refusals by method, type, address and load. */
import { Controller, Get } from '@nestjs/common';
import { newId } from '@foldline/service-kit';
import { callOn, expectProblem, startKitApp, ThingsController, type KitApp } from './kit-app';

const ID = '0190a1b2-0000-7000-8000-000000000001';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let service: KitApp;
let call: ReturnType<typeof callOn>;
beforeAll(async () => {
  service = await startKitApp();
  call = callOn(service);
});
afterAll(() => service.stop());

describe('a request', () => {
  it('takes part in the trace of its caller, also after its body was read', async () => {
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, 'x-request-id': 'abc-1' };
    const body = { lines: [{ productId: ID, quantity: 1 }] };
    for (const answer of [
      await call('GET', '/things', { headers }),
      await call('POST', '/things', { headers, payload: body }),
    ]) {
      expect(answer.headers['x-request-id']).toBe('abc-1');
      expect(answer.body.context).toMatchObject({ traceId: TRACE, requestId: 'abc-1' });
      expect(answer.body.context.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    }
  });

  it('is in its trace in the log too, refused or failed', async () => {
    const [info, error] = [jest.spyOn(service.kit.log, 'info'), jest.spyOn(service.kit.log, 'error')];
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    await call('GET', '/things/mine', { headers });
    await call('GET', '/things/fails', { headers });
    expect(info).toHaveBeenCalledWith(expect.objectContaining({ traceId: TRACE, status: 401 }), 'request refused');
    expect(error).toHaveBeenCalledWith(expect.objectContaining({ traceId: TRACE, status: 500 }), 'request failed');
    for (const spy of [info, error]) spy.mockRestore();
  });

  it.each([
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    'nonsense',
  ])('begins a trace where the caller names none that is one: %s', async traceparent => {
    const { body } = await call('GET', '/things', { headers: { traceparent } });
    expect(body.context.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(body.context.traceId).not.toBe(TRACE);
    expect(body.context.traceId).not.toBe('0'.repeat(32));
  });

  it.each(['a b', 'x'.repeat(65), '<script>', 'a,b'])('gets an id of its own for %s', async id => {
    const { headers } = await call('GET', '/things', { headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is answered with nothing about the server, and not kept by caches', async () => {
    const { headers } = await call('GET', '/things');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['server']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('that fails here shows nothing of the inside', async () =>
    expectProblem(await call('GET', '/things/fails'), 500, 'internal-error'));

  it('for an unknown address is 404, with any method', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
      expectProblem(await call(method, '/nowhere'), 404, 'not-found');
  });

  it.each(['PUT', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'with the method %s that its address does not know is 405',
    async method => {
      const answer = await call(method, `/things/${ID}`);
      expectProblem(answer, 405, 'method-not-allowed');
      expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, PATCH');
    },
  );

  it('cannot say by a header that it meant another method', async () => {
    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
    expect((await call('GET', '/things', { headers })).body.query).toEqual({ limit: 20 });
  });

  it.each(['text/xml', 'text/html;q=1, image/*', 'application/jsonx'])('that accepts only %s is 406', async accept =>
    expectProblem(await call('GET', '/things', { headers: { accept } }), 406, 'not-acceptable'),
  );
  it.each([
    '*/*',
    'application/*',
    'application/json; charset=utf-8',
    'application/problem+json',
    'text/html, */*;q=0.1',
    'APPLICATION/JSON',
  ])('that accepts %s is answered', async accept =>
    expect((await call('GET', '/things', { headers: { accept } })).status).toBe(200),
  );

  it.each([
    '%00',
    '%2e%2e',
    '..%2f..%2fetc',
    'nope',
    'x'.repeat(190),
    '00000000-0000-0000-0000-000000000000',
    ID.toUpperCase(),
  ])('with the id %s in its path is refused', async id => {
    const headers = { authorization: `Bearer ${await service.tokenOf('admin')}` };
    const answer = await call('GET', `/things/${id}`, { headers });
    expectProblem(answer, answer.status);
    expect([400, 404]).toContain(answer.status);
  });
  it.each(['/things/%', '/things/%zz', '/things/%ff', `/things/${'x'.repeat(5000)}`])(
    'with the path %s is refused',
    async path => {
      const answer = await call('GET', path);
      expectProblem(answer, answer.status);
      expect([400, 401, 404]).toContain(answer.status);
    },
  );

  it('with more headers than anybody needs is 431', async () => {
    const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, '1']));
    expectProblem(await call('GET', '/things', { headers }), 431, 'headers-too-large');
  });
});

describe('for operators', () => {
  it('the process says that it lives, what it lacks, and its numbers, in their own types', async () => {
    expect((await call('GET', '/livez')).body).toEqual({ status: 'live' });
    let reason: string | undefined = 'connection refused';
    service.kit.readiness.needs('database', () => reason);
    service.kit.readiness.watches('broker', () => 'not connected');
    const unready = await call('GET', '/readyz?verbose', { headers: { accept: 'text/plain' } });
    expect(unready.status).toBe(503);
    expect(unready.body.checks).toContainEqual({
      name: 'database',
      ok: false,
      serving: true,
      reason: 'connection refused',
    });
    reason = undefined;
    const ready = await call('GET', '/readyz');
    expect(ready.status).toBe(200);
    expect(ready.body.checks).toContainEqual({ name: 'broker', ok: false, serving: false, reason: 'not connected' });
    const metrics = await call('GET', '/metrics', { headers: { accept: 'text/plain' } });
    expect(metrics.text).toMatch(/foldline_http_request_seconds_count\{[^}]*route="\/things"[^}]*\} \d+/);
    expect(metrics.text).not.toContain(ID);
  });

  it('the documentation is OpenAPI 3.1 with the rules of the fields and the problems', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const { ThingBody, LineBody, Problem } = body.components.schemas;
    expect(ThingBody.required).toEqual(['lines']);
    expect(ThingBody.properties.lines).toMatchObject({ type: 'array', minItems: 1, maxItems: 50 });
    expect(LineBody.properties.quantity).toMatchObject({ type: 'integer', minimum: 0, maximum: 1000 });
    expect(Problem.properties.code).toBeDefined();
    expect(body.paths['/things'].post.responses.default.content['application/problem+json']).toBeDefined();
    expect(body['x-problems']['key-reused'].status).toBe(422);
  });
});

it('a service with a route that does not say who may call it does not start', async () => {
  @Controller('open')
  class OpenController {
    @Get() read(): object {
      return {};
    }
  }
  await expect(startKitApp({}, { controllers: [OpenController] })).rejects.toThrow(
    /OpenController\.read does not say who may call it/,
  );
});

it('more open requests than allowed are told to come back, and health still answers', async () => {
  const busy = await startKitApp({ MAX_OPEN_REQUESTS: 1 });
  const ask = callOn(busy);
  const slow = ask('GET', '/things/slow');
  await ask('GET', '/livez');
  const refused = await ask('GET', '/things');
  expectProblem(refused, 503, 'service-unavailable');
  expect(refused.headers['retry-after']).toBe('1');
  expect((await ask('GET', '/readyz')).status).toBe(200);
  ThingsController.release();
  expect((await slow).status).toBe(200);
  await busy.stop();
});

it('new ids are version 7 and sort by time', () => {
  const ids = Array.from({ length: 100 }, () => newId());
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
