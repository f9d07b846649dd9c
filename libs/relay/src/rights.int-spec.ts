/** What the broker lets each service do: its own work, and nothing of another's. */
import { AckPolicy, connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import { PARTITION_COUNTS, readerName } from '@foldline/contracts';
import { startOwnNats, type OwnServer } from '@foldline/testing';
import { consumerName } from '@foldline/transport';

// Plain CommonJS, shared with npm start.
const { makeNatsKeys, natsConfig } = require('../../../tools/embedded/nats-config.cjs') as {
  makeNatsKeys(): Record<string, { publicKey: string; seed: string }>;
  natsConfig(options: object): string;
};

let server: OwnServer;
let keys: Record<string, { publicKey: string; seed: string }>;

beforeAll(async () => {
  keys = makeNatsKeys();
  server = await startOwnNats(at => natsConfig({ ...at, users: keys }));
});
afterAll(() => server.remove());

const violation = (connection: NatsConnection, forbidden: () => void, withinMs = 3000): Promise<string> =>
  new Promise((done, failed) => {
    void (async () => {
      for await (const status of connection.status())
        if (status.type === 'error')
          done(
            String(
              (status as { permissionContext?: unknown }).permissionContext ? JSON.stringify(status) : status.data,
            ),
          );
    })();
    setTimeout(() => failed(new Error('it was allowed')), withinMs).unref();
    forbidden();
  });
const as = (name: string): Promise<NatsConnection> =>
  connect({
    servers: server.url,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(keys[name]!.seed)),
    inboxPrefix: `_INBOX_${name}`,
  });

it.each([
  ['orders', 'shop.users.UserSignedUp'],
  ['orders', '$JS.API.STREAM.DELETE.USERS'],
  ['user-orders-query', '$JS.API.STREAM.DELETE.ORDERS'],
  ['products', '$JS.API.STREAM.DELETE.ORDERS'],
  ['tools', '$JS.API.STREAM.DELETE.ORDERS'],
  ['orders', '$JS.API.STREAM.PURGE.ORDERS'],
  ['orders', '$JS.API.CONSUMER.DELETE.ORDERS.user-orders-query_user-orders_1'],
  ['user-orders-query', 'shop.orders.OrderPlaced'],
  ['user-orders-query', '$JS.API.STREAM.CREATE.ORDERS'],
  ['user-orders-query', '$JS.API.CONSUMER.CREATE.ORDERS.orders_confirmation_0'],
  ['products', 'log.read.users'],
])('%s may not publish %s', async (name, subject) => {
  const connection = await as(name);
  expect(await violation(connection, () => connection.publish(subject, '{}'))).toMatch(/PERMISSIONS_VIOLATION/);
  await connection.close();
});

it.each([
  ['orders', 'shop.>'],
  ['orders', '>'],
  ['user-orders-query', '_INBOX_orders.>'],
  ['products', 'log.read.orders'],
])('%s may not listen to %s', async (name, subject) => {
  const connection = await as(name);
  expect(await violation(connection, () => void connection.subscribe(subject, { callback: () => undefined }))).toMatch(
    /PERMISSIONS_VIOLATION/,
  );
  await connection.close();
});

const partitions = [undefined, ...PARTITION_COUNTS.map(of => ({ number: of, of }))];
it.each(partitions.map(partition => [readerName('user-orders', partition)]))(
  'the query service may read as %s',
  async reader => {
    const owner = await as('orders');
    await (
      await owner.jetstreamManager({ checkAPI: false })
    ).streams.add({ name: 'ORDERS', subjects: ['shop.orders.>'] });
    const connection = await as('user-orders-query');
    const { consumers } = await connection.jetstreamManager({ checkAPI: false });
    const name = consumerName('user-orders-query', reader, 2);
    await consumers.add('ORDERS', { durable_name: name, ack_policy: AckPolicy.All });
    await consumers.delete('ORDERS', name);
    await Promise.all([connection.close(), owner.close()]);
  },
);

it('an answer that comes when nobody waits any more is refused, and the next one in time passes', async () => {
  const [owner, asker] = [await as('products'), await as('user-orders-query')];
  const waits = [6500, 0];
  owner.subscribe('log.head.products', {
    callback: (_, message) => void setTimeout(() => message.respond('here'), waits.shift()),
  });
  await owner.flush();
  const refused = violation(owner, () => undefined, 10_000);
  // As readers ask: they give up after five seconds.
  const ask = () => asker.request('log.head.products', '', { timeout: 5000 });
  await expect(ask()).rejects.toThrow(/TIMEOUT/);
  expect(await refused).toMatch(/PERMISSIONS_VIOLATION/);
  expect((await ask()).string()).toBe('here');
  await Promise.all([owner.close(), asker.close()]);
});

it('nobody comes in without a key, or with another one', async () => {
  await expect(connect({ servers: server.url, maxReconnectAttempts: 0 })).rejects.toThrow(
    /AUTHORIZATION|Authorization/i,
  );
  const stranger = makeNatsKeys()['orders']!.seed;
  await expect(
    connect({
      servers: server.url,
      maxReconnectAttempts: 0,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(stranger)),
    }),
  ).rejects.toThrow(/AUTHORIZATION|Authorization/i);
});
