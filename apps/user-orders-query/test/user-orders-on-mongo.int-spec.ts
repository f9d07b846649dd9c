import { randomBytes } from 'node:crypto';
import { eventually, mongoUrl, Proxy } from '@foldline/testing';
import { QueryService } from './query-service';
import { userOrdersSuite } from './user-orders-suite';

jest.setTimeout(120_000);

const server = mongoUrl();

function onMongo(): Record<string, string> {
  const url = new URL(server!);
  url.pathname = `/query_${randomBytes(6).toString('hex')}`;
  return { READ_STORE: 'mongo', MONGO_URL: url.toString() };
}

(server ? describe : describe.skip)('with READ_STORE=mongo', () => {
  userOrdersSuite(onMongo, false);
});

(server ? describe : describe.skip)('a MongoDB that cannot be reached', () => {
  it('makes the service unready, which says why, and is ready by itself when it is back', async () => {
    const settings = onMongo();
    const { port, hostname } = new URL(server!);
    const proxy = await Proxy.to(Number(port || 27017), hostname);
    const service = await QueryService.start({ ...settings, MONGO_URL: proxy.urlFor(settings.MONGO_URL!) });
    const isReady = async (expected: number) => {
      const { status, body } = await service.get('/readyz');
      expect(status).toBe(expected);
      return body.checks.find(({ name }: { name: string }) => name === 'mongodb');
    };
    try {
      expect(await eventually(() => isReady(200))).toEqual({ name: 'mongodb', ok: true, serving: true });
      proxy.refuse();
      const unreachable = { name: 'mongodb', ok: false, serving: true, reason: expect.stringMatching(/./) };
      expect(await eventually(() => isReady(503))).toEqual(unreachable);
      proxy.heal();
      expect(await eventually(() => isReady(200), { timeout: 20_000 })).toMatchObject({ ok: true });
    } finally {
      await service.close();
      await proxy.close();
    }
  });
});
