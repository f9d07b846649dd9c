/** The users service while its database or its broker is away. */
import { eventually, Proxy } from '@foldline/testing';
import { UsersService } from './users-service';

jest.setTimeout(90_000);

let service: UsersService;
let proxy: Proxy;

beforeAll(async () => {
  service = await UsersService.start();
  proxy = await Proxy.to(Number(new URL(service.databaseUrl).port));
  await service.down();
});
afterAll(async () => {
  await service.close();
  await proxy.close();
});
beforeEach(() => service.up({ DATABASE_URL: proxy.urlFor(service.databaseUrl) }));
afterEach(async () => {
  proxy.heal();
  await service.down();
});

it('without its database every call says when to come back, and it goes on by itself afterwards', async () => {
  const { id, email, token } = await service.newPerson();
  proxy.refuse();
  const answers = [
    await service.signUp(),
    await service.signIn(email),
    await service.call('GET', `/users/${id}`, { token }),
    await service.call('PATCH', `/users/${id}`, { token, body: { displayName: 'X' } }),
    await service.call('DELETE', `/users/${id}`, { token }),
  ];
  for (const { status, body, text } of answers) {
    expect([status, body.code]).toEqual([503, 'service-unavailable']);
    expect(text).not.toMatch(/ECONN|select |127\.0\.0\.1:\d+"/);
  }
  expect((await service.call('GET', '/livez')).status).toBe(200);
  expect((await service.call('GET', '/readyz')).status).toBe(503);
  proxy.heal();
  await eventually(async () => expect((await service.signIn(email)).status).toBe(201));
});

it('starts, works and stops with a broker that was never there', async () => {
  await service.down();
  await service.nats.stop();
  await service.up();
  const { id, token } = await service.newPerson();
  expect((await service.call('GET', `/users/${id}`, { token })).status).toBe(200);
  const ready = await service.call('GET', '/readyz');
  expect([ready.status, ready.text.includes('not connected')]).toEqual([200, true]);
  const started = performance.now();
  await service.down();
  expect(performance.now() - started).toBeLessThan(5000);
});
